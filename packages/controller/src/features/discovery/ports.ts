/** Which ports a scan looks at. */
export type PortSet =
  | { readonly kind: 'all' }
  /** The ports that are often open; which ones is the agent's to know. */
  | { readonly kind: 'top' }
  | { readonly kind: 'list'; readonly ranges: readonly PortRange[] };

interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The highest TCP port. */
const PORT_MAX = 65_535;

/** The ports of `top`, `all` or a list such as `22,80,8000-8100`; undefined for anything else. */
export function parsePorts(text: string): PortSet | undefined {
  if (text === 'all' || text === 'top') return { kind: text };
  const ranges: PortRange[] = [];
  for (const part of text.split(',')) {
    const match = /^ ?(\d{1,5})(?:-(\d{1,5}))? ?$/.exec(part);
    if (!match) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? first);
    if (first < 1 || last > PORT_MAX || last < first) return undefined;
    ranges.push({ first, last });
  }
  return { kind: 'list', ranges };
}

/** The one text of a set of ports. */
export function formatPorts(ports: PortSet): string {
  if (ports.kind !== 'list') return ports.kind;
  return ports.ranges
    .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
    .join(',');
}
