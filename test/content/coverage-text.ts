import {
  platformOf,
  readRules,
  readTechniques,
  readYara,
  type Platform,
  type TechniqueTable,
} from './rule-tree.ts';

export const COVERAGE_FILE = new URL('../../docs/coverage.md', import.meta.url);

const PLATFORMS = ['linux', 'windows', 'macos', 'yara'] as const;
const HEADS: Readonly<Record<Platform, string>> = {
  linux: 'Linux',
  windows: 'Windows',
  macos: 'macOS',
  yara: 'files (YARA)',
};

/** How many rules name a technique, by platform. */
type Counts = Readonly<Record<Platform, number>>;

const NONE: Counts = { linux: 0, windows: 0, macos: 0, yara: 0 };

interface Named {
  readonly platform: Platform;
  readonly techniques: readonly string[];
}

/** The text of `docs/coverage.md`. */
export function coverageText(): string {
  const table = readTechniques();
  const named = namedTechniques();
  const counts = new Map<string, Counts>();
  for (const { platform, techniques } of named) {
    for (const id of techniques) {
      const before = counts.get(id) ?? NONE;
      counts.set(id, { ...before, [platform]: before[platform] + 1 });
    }
  }
  const tactics = [...new Set(Object.values(table.techniques).map(({ tactic }) => tactic))];
  return [
    '# What the rules look for',
    '',
    'Made by `node scripts/coverage.ts` from `rules/`; a test keeps it fresh. A number is how many rules name the technique; that a rule exists does not say that nobody gets past it. What was acted out on a real kernel is in `test/journeys/heuristics/acts/`.',
    '',
    ...totals(named, counts),
    '',
    `Techniques are those of ATT&CK ${table.version}. ${table.notice}`,
    ...tactics.flatMap((tactic) => section(tactic, table, counts)),
    '',
  ].join('\n');
}

/** Steps that a behaviour describes itself are parts of it: no file is theirs. */
function namedTechniques(): readonly Named[] {
  const { rules, fileOf } = readRules();
  const sigma = rules.flatMap(({ id, techniques }) => {
    const path = fileOf.get(id);
    return path === undefined ? [] : [{ platform: platformOf(path), techniques }];
  });
  const yara = readYara().map(({ techniques }) => ({ platform: 'yara' as const, techniques }));
  return [...sigma, ...yara];
}

function totals(named: readonly Named[], counts: ReadonlyMap<string, Counts>): readonly string[] {
  const rules = PLATFORMS.map((one) => named.filter(({ platform }) => platform === one).length);
  const techniques = PLATFORMS.map(
    (one) => [...counts.values()].filter((count) => count[one] > 0).length,
  );
  return [
    `| | ${PLATFORMS.map((one) => HEADS[one]).join(' | ')} |`,
    '| --- | --: | --: | --: | --: |',
    `| rules | ${rules.join(' | ')} |`,
    `| techniques | ${techniques.join(' | ')} |`,
  ];
}

function section(
  tactic: string,
  table: TechniqueTable,
  counts: ReadonlyMap<string, Counts>,
): readonly string[] {
  const rows = Object.entries(table.techniques)
    .filter(([, technique]) => technique.tactic === tactic)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([id, { name }]) => {
      const own = counts.get(id) ?? NONE;
      return `| ${id} | ${name} | ${PLATFORMS.map((one) => own[one] || '').join(' | ')} |`;
    });
  return [
    '',
    `## ${titleOf(tactic)}`,
    '',
    `| technique | | ${PLATFORMS.map((one) => HEADS[one]).join(' | ')} |`,
    '| --- | --- | --: | --: | --: | --: |',
    ...rows,
  ];
}

function titleOf(tactic: string): string {
  const words = tactic.replaceAll('-', ' ');
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
