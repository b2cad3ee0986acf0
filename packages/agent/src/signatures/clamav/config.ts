import { readFileSync, statSync } from 'node:fs';

/** What matters of clamd's own configuration. Sizes are bytes. */
export interface ClamdConfig {
  readonly socketPath: string;
  readonly fileBytesMax: number;
  readonly scanBytesMax: number;
  readonly streamBytesMax: number;
}

/** Debian, Fedora, openSUSE and the BSDs have it here. */
export const CLAMD_CONFIG_PATHS: readonly string[] = [
  '/etc/clamav/clamd.conf',
  '/etc/clamd.d/scan.conf',
  '/etc/clamd.conf',
  '/usr/local/etc/clamav/clamd.conf',
];

/** clamd never looks at more of a file, whatever is configured (its own documentation). */
const HARD_BYTES_MAX = 2 ** 31 - 1;
/** What an unset option means differs between versions; the smallest of them is supposed. */
const DEFAULTS = { MaxFileSize: '25M', MaxScanSize: '100M', StreamMaxLength: '25M' } as const;
const CONFIG_BYTES_MAX = 262_144;

/** The configuration of the first file there is, or why there is none, for people. */
export function findClamd(paths: readonly string[]): ClamdConfig | string {
  for (const path of paths) {
    const text = readTrusted(path);
    if (text === undefined) continue;
    return parseClamdConfig(text) ?? `${path} names no local socket`;
  }
  return 'no clamd is installed';
}

/** Only root, or whoever this is, may say where files are sent. */
function readTrusted(path: string): string | undefined {
  try {
    const { uid, mode, size } = statSync(path);
    const isOwn = uid === 0 || uid === process.getuid?.();
    if (!isOwn || (mode & 0o022) !== 0 || size > CONFIG_BYTES_MAX) return undefined;
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Reads `Option value` lines. Undefined without a local socket. */
export function parseClamdConfig(text: string): ClamdConfig | undefined {
  const options = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s*(\w+)\s+"?([^"#]*)"?\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) options.set(name, value.trim());
  }
  const socketPath = options.get('LocalSocket');
  if (socketPath === undefined || !socketPath.startsWith('/')) return undefined;
  const bytesOf = (name: keyof typeof DEFAULTS): number =>
    parseSize(options.get(name)) ?? parseSize(DEFAULTS[name]) ?? 0;
  return {
    socketPath,
    fileBytesMax: bytesOf('MaxFileSize'),
    scanBytesMax: bytesOf('MaxScanSize'),
    streamBytesMax: bytesOf('StreamMaxLength'),
  };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** `25M`; zero is "no limit", which the hard one bounds. */
function parseSize(text: string | undefined): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([KMG]?)$/i.exec(text ?? '') ?? [];
  if (digits === undefined) return undefined;
  const bytes = Number(digits) * (UNITS[unit.toUpperCase()] ?? 1);
  return bytes === 0 ? HARD_BYTES_MAX : Math.min(bytes, HARD_BYTES_MAX);
}
