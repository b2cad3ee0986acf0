/** Lines of such a file; real ones have some twenty. */
const LINE_COUNT_MAX = 500;

/**
 * The `KEY=value` lines of files such as os-release(5) and those of systemd: quotes removed,
 * comments and lines of any other form left out.
 */
export function parseKeyValues(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n', LINE_COUNT_MAX)) {
    const match = /^([A-Za-z_][A-Za-z0-9_]{0,63})=(.*)$/.exec(line.trim());
    if (match?.[1] !== undefined) values.set(match[1], unquote(match[2] ?? ''));
  }
  return values;
}

function unquote(text: string): string {
  const quote = text[0];
  const isQuoted = text.length >= 2 && (quote === '"' || quote === "'") && text.endsWith(quote);
  if (!isQuoted) return text;
  const inner = text.slice(1, -1);
  return quote === '"' ? inner.replaceAll(/\\(["\\$`])/g, '$1') : inner;
}
