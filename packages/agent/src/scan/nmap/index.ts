/**
 * The optional engine `nmap`: the program run with fixed arguments and its XML read as it comes. It
 * owns the process; no text of a device or a policy reaches its arguments but validated addresses and ports.
 */
import { spawn } from 'node:child_process';
import { ipv4Of } from '../address.ts';
import { ScanError } from '../errors.ts';
import { formatPorts } from '../ports.ts';
import { createNmapReader, type NmapHost } from './xml.ts';

/** The whole output of one run; a /16 with many open ports stays below. */
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

/** What a port scan by nmap takes. */
export interface NmapRequest {
  readonly hosts: readonly string[];
  readonly ports: Uint16Array;
  readonly signal: AbortSignal;
  /** The program; `nmap` of the search path when not given. */
  readonly program?: string;
}

/** What it found, in our own terms. */
export interface NmapFindings {
  readonly open: readonly { readonly ip: string; readonly port: number }[];
  readonly closed: number;
  readonly filtered: number;
}

/** Scans by nmap. Aborted, it returns what it has. @throws ScanError `scan-engine-missing`, `scan-engine-failed`. */
export async function scanPortsWithNmap(request: NmapRequest): Promise<NmapFindings> {
  const hosts: NmapHost[] = [];
  if (request.hosts.length > 0 && request.ports.length > 0 && !request.signal.aborted) {
    await runNmap(request, (host) => hosts.push(host));
  }
  const sum = (count: (host: NmapHost) => number): number =>
    hosts.reduce((total, host) => total + count(host), 0);
  return {
    open: hosts.flatMap(({ ip, openPorts }) => openPorts.map((port) => ({ ip, port }))),
    closed: sum(({ closedCount }) => closedCount),
    filtered: sum(({ filteredCount }) => filteredCount),
  };
}

/** The arguments: no names, TCP connections, no host check (the caller knows the hosts), XML to standard output; targets come by standard input, so that many fit. */
export function nmapArguments(ports: Uint16Array): string[] {
  return ['-n', '-sT', '-Pn', '-T4', '-p', formatPorts(ports), '-oX', '-', '-iL', '-'];
}

function runNmap(request: NmapRequest, onHost: (host: NmapHost) => void): Promise<void> {
  const { signal, program = 'nmap' } = request;
  const targets = request.hosts.map((host) => (ipv4Of(host), host)).join('\n');
  const child = spawn(program, nmapArguments(request.ports), { stdio: ['pipe', 'pipe', 'ignore'] });
  const reader = createNmapReader(onHost);
  let sizeBytes = 0;
  return new Promise((resolve, reject) => {
    const kill = (): boolean => child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${targets}\n`);
    child.stdout.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > OUTPUT_BYTES_MAX) kill();
      else reader.push(chunk.toString('latin1'));
    });
    child.on('error', (cause) => {
      signal.removeEventListener('abort', kill);
      reject(new ScanError('scan-engine-missing', 'nmap cannot be started', { cause }));
    });
    child.on('close', (code) => {
      signal.removeEventListener('abort', kill);
      if (code === 0 || signal.aborted) resolve();
      else reject(new ScanError('scan-engine-failed', `nmap ended with ${code ?? 'a signal'}`));
    });
  });
}
