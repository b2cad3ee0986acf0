/* ATT&CK v19 took Impair Defenses apart and gave its parts numbers of their own. Rules written before
   name the old ones; only where the new place is known, they are rewritten. */

const RENUMBERED: Readonly<Record<string, string>> = {
  T1562: 'T1685',
  'T1562.001': 'T1685',
  'T1562.002': 'T1685',
  'T1562.003': 'T1690',
  'T1562.004': 'T1686',
  'T1562.009': 'T1688',
  'T1562.010': 'T1689',
  'T1562.012': 'T1685',
  'T1070.002': 'T1685.006',
};

const TAG = /^attack\.t(?<technique>\d{4})(?:\.(?<part>\d{3}))?$/i;
const LIKE_A_TECHNIQUE = /^attack\.t\d/i;

/** The technique of a tag; null when it names none, undefined when it tries to and fails. */
export function techniqueOf(tag: string): string | null | undefined {
  const match = TAG.exec(tag)?.groups;
  if (!match) return LIKE_A_TECHNIQUE.test(tag) ? undefined : null;
  const part = match['part'];
  const technique = `T${match['technique']}${part === undefined ? '' : `.${part}`}`;
  return RENUMBERED[technique] ?? technique;
}
