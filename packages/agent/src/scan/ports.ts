import { ScanError } from './errors.ts';

/** The highest TCP port. */
const PORT_MAX = 65_535;

/** A specification longer than this is no list a person or policy wrote. */
const SPEC_LENGTH_MAX = 4096;

/* Ports often found open, and every one that is risky to find open: remote control, file sharing,
   databases, brokers, container and cluster control, printers, cameras, industrial control. */
const TOP = `
  7 9 13 19 21-23 25 26 37 49 53 79-82 88 102 106 110 111 113 119 135 139 143 144 179 199 264 389 427
  443-445 465 502 512-515 541 543 544 548 554 587 593 623 625 631 636 646 789 808 873 902 990 992 993 995
  1025-1027 1080 1099 1194 1433 1434 1521 1720 1723 1755 1883 1900 1911 1962 2000 2001 2049 2082 2083
  2121 2181 2222 2323 2375-2380 2404 2483 2484 2601 3000 3001 3050 3128 3260 3268 3269 3306 3310 3389
  3632 3689 3690 4000 4369 4443 4444 4505 4506 4786 4840 4848 4899 5000 5001 5009 5038 5060 5061 5222
  5269 5353 5357 5432 5555 5601 5631 5666 5671 5672 5800 5900-5903 5938 5984-5986 6000 6001 6379
  6380 6443 6667 7000 7001 7070 7077 7199 7443 7474 7547 7687 7777 8000 8001 8006 8008 8009 8020 8042
  8069 8080-8083 8086-8090 8096 8123 8139 8161 8172 8180 8200 8222 8291 8300 8333 8400 8443 8500
  8530 8531 8545 8554 8600 8728 8765 8834 8883 8888 8889 9000 9001 9042 9050 9090-9094 9100-9103 9160
  9200 9229 9300 9389 9418 9443 9600 9999 10000 10050 10051 10250 10255 11211 11434 12345 15000
  15672 16992 16993 18080 20000 22222 25565 27017 27018 28017 31337 32400 32764 32768 33060 37777
  44818 47808 49152-49157 50000 50070 54321 55553 61616 62078`;

/** The named sets of ports. */
export const portSets = { top: TOP.trim().split(/\s+/).join(','), all: `1-${PORT_MAX}` } as const;

/**
 * The ports of a specification such as `22,80,8000-8100`, `top` or `all`: each once, in rising
 * order. @throws ScanError `scan-ports-invalid` for anything else.
 */
export function parsePorts(spec: string): Uint16Array {
  const text = spec === 'top' || spec === 'all' ? portSets[spec] : spec;
  if (text.length === 0 || (text === spec && text.length > SPEC_LENGTH_MAX)) throw invalid(spec);
  const isWanted = new Uint8Array(PORT_MAX + 1);
  for (const part of text.split(',')) {
    const { first, last } = parseRange(part) ?? { first: 0, last: 0 };
    if (first < 1 || last > PORT_MAX || last < first) throw invalid(spec);
    isWanted.fill(1, first, last + 1);
  }
  return Uint16Array.from(isWanted.keys().filter((port) => isWanted[port] === 1));
}

function parseRange(text: string): { readonly first: number; readonly last: number } | undefined {
  const match = /^ ?(\d{1,5})(?:-(\d{1,5}))? ?$/.exec(text);
  if (!match) return undefined;
  const first = Number(match[1]);
  return { first, last: Number(match[2] ?? first) };
}

/** The shortest specification of rising ports: what `parsePorts` reads back. */
export function formatPorts(ports: Uint16Array): string {
  const parts: string[] = [];
  for (let start = 0; start < ports.length;) {
    let end = start;
    while (ports[end + 1] === (ports[end] ?? 0) + 1) end += 1;
    parts.push(start === end ? `${ports[start]}` : `${ports[start]}-${ports[end]}`);
    start = end + 1;
  }
  return parts.join(',');
}

function invalid(spec: string): ScanError {
  const shown = spec.length > 64 ? `${spec.slice(0, 64)}…` : spec;
  return new ScanError(
    'scan-ports-invalid',
    `ports '${shown}' must be 'top', 'all' or numbers and ranges from 1 to ${PORT_MAX}`,
  );
}
