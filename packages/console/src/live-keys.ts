import type { LiveEvent } from '@wardgrid/wire';

/** What people call rules lives in more than one list, and decides which findings are hidden. */
const OF_RULES = ['rules', 'rule-sets', 'rule-exceptions', 'findings list'] as const;

/** What changes how the chain of command stands. */
const OF_SYNC: ReadonlySet<string> = new Set(['controllers', 'conflicts']);

/** The keys of what an event makes stale, their words parted by spaces. */
export function staleKeysOf({ noun, entityId }: Pick<LiveEvent, 'noun' | 'entityId'>): string[] {
  // The id may be of a switch or an exception: which rule it changes is not told.
  if (noun === 'rules') return [...OF_RULES, 'overview'];
  const own = [`${noun} list`, `${noun} one ${entityId}`, 'overview'];
  return OF_SYNC.has(noun) ? [...own, 'sync'] : own;
}
