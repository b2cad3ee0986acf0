import { execFile } from 'node:child_process';
import { forEachBounded } from '../control.ts';

/** A process an address: this many at once keep two cores half free. */
const PINGS_MAX = 32;

/** More silent addresses than this are not worth a process each. */
export const pingedHostsMax = 1024;

/** What one `ping -c 1` prints fits in far less. */
const OUTPUT_BYTES_MAX = 8192;

/** One second for the echo and one for the process. */
const TIMEOUT_MS = 2000;

/** The round trip in the output of `ping -c 1`; undefined when nothing came back. */
export function parsePing(output: string): number | undefined {
  const match = /\btime[=<](\d{1,6}(?:\.\d{1,6})?) ?ms\b/.exec(output);
  return match ? Number(match[1]) : undefined;
}

/** What a round of pings takes. */
export interface PingRequest {
  readonly addresses: readonly string[];
  readonly signal: AbortSignal;
  /** The program; `ping` of the search path when not given. */
  readonly program?: string;
}

/** Sends one ICMP echo to each address by the `ping` program, where there is one; answers by address. */
export async function pingAll(request: PingRequest): Promise<Map<string, number>> {
  const { signal, program = 'ping' } = request;
  const answers = new Map<string, number>();
  let isMissing = false;
  const items = request.addresses.slice(0, pingedHostsMax);
  await forEachBounded({ items, workersMax: PINGS_MAX, signal }, async (ip) => {
    if (isMissing) return;
    const output = await run(program, ip, signal);
    if (output === undefined) isMissing = true;
    const rttMs = parsePing(output ?? '');
    if (rttMs !== undefined) answers.set(ip, rttMs);
  });
  return answers;
}

function run(program: string, ip: string, signal: AbortSignal): Promise<string | undefined> {
  const bounds = { signal, timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX, windowsHide: true };
  return new Promise((resolve) => {
    execFile(program, ['-n', '-c', '1', '-W', '1', ip], bounds, (error, stdout) => {
      resolve(error?.code === 'ENOENT' ? undefined : error ? '' : stdout);
    });
  });
}
