import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DiscoveryResult, PortScanResult } from '@wardgrid/agent/scan/index';
import { createLab, type Lab } from '../../test/journeys/namespaces.ts';
import { figureOf, type Bench, type BenchContext, type Figure } from './figure.ts';
import { endedChildrenSeconds } from './process-usage.ts';

/* Ours against nmap on one network of namespaces: the same range, the same ports, in turns. An agent
   scans within its own process, so that the start of Node is told apart from the scan. */

const CIDR = '10.78.3.0/24';
const SCANNER = { name: 'scanner', ip: '10.78.3.1' };
/** What the hosts of the lab serve, as `test/journeys/scan-services.ts` reads it. */
const SERVICES: readonly (readonly string[])[] = [
  ['ssh:22', 'http:80', 'https:443', 'postgresql:5432', 'redis:6379'],
  ['ftp:21', 'vnc:5900', 'http:47000'],
  ['telnet:23', 'http:631', 'printer:9100'],
  ['mysql:3306', 'memcached:11211', 'silent:61234'],
  ['smtp:25'],
  [],
];
const HOSTS = SERVICES.map((_, index) => ({
  name: `host${index}`,
  ip: `10.78.3.${20 + index * 35}`,
}));

const SERVICE_SCRIPT = fileURLToPath(
  new URL('../../test/journeys/scan-services.ts', import.meta.url),
);
const SCAN_SCRIPT = fileURLToPath(new URL('../../test/journeys/scan-runner.ts', import.meta.url));

/** One way to look for hosts or ports. */
interface Way {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What it found, as sorted lines, and how long it says the scan itself took. */
  readonly read: (output: string) => { readonly found: string[]; readonly scanMs?: number };
}

interface Turn {
  readonly found: string;
  /** From the start of the program to its end. */
  readonly wallMs: number;
  readonly scanMs: number;
  readonly cpuSeconds: number;
}

/** Discovery and port scan against nmap: equal findings, and the time they take. */
export const bench: Bench = {
  name: 'scan',
  summary: 'discovery and port scan of namespaces against nmap',
  async run(context) {
    const lab = await createLab({ cidr: CIDR, hosts: [SCANNER, ...HOSTS] });
    context.defer(() => lab.close());
    for (const [index, services] of SERVICES.entries()) await serve(lab, index, services);
    const hosts = await compare(context, lab, {
      subject: 'hosts',
      runs: context.isQuick ? 2 : 5,
      ours: oursOf('discover', { cidr: CIDR, hasNames: false }, hostsOfOurs),
      yardstick: nmap(['-sn', '-n', CIDR], hostsOfNmap),
    });
    const order = { hosts: HOSTS.map(({ ip }) => ip), ports: 'all', hasRecognition: false };
    const ports = await compare(context, lab, {
      subject: 'ports',
      runs: context.isQuick ? 1 : 5,
      ours: oursOf('ports', { ...order, engine: 'native' }, portsOfOurs),
      yardstick: nmap(['-sT', '-p-', '-n', ...order.hosts], portsOfNmap),
    });
    return [...hosts, ...ports];
  },
};

async function serve(lab: Lab, index: number, services: readonly string[]): Promise<void> {
  const { name, ip } = HOSTS[index] ?? SCANNER;
  const child = lab.spawn(name, process.execPath, [SERVICE_SCRIPT, JSON.stringify(services), ip]);
  child.stderr?.resume();
  if (child.stdout) await once(child.stdout, 'data');
}

function oursOf(kind: string, order: object, read: (result: never) => string[]): Way {
  return {
    name: 'wardgrid',
    command: process.execPath,
    args: [SCAN_SCRIPT, kind, JSON.stringify(order)],
    read(output) {
      const { result, tookMs } = JSON.parse(output) as { result: never; tookMs: number };
      return { found: read(result), scanMs: tookMs };
    },
  };
}

function nmap(args: readonly string[], read: (output: string) => string[]): Way {
  const way = `nmap ${args.slice(0, 2).join(' ')}`;
  const all = [...args, '-oG', '-'];
  return { name: way, command: 'nmap', args: all, read: (output) => ({ found: read(output) }) };
}

function hostsOfOurs({ hosts }: DiscoveryResult): string[] {
  return hosts.map(({ ip }) => ip);
}

function hostsOfNmap(output: string): string[] {
  return [...output.matchAll(/^Host: (\S+) .*Status: Up/gm)].map((match) => match[1] ?? '');
}

function portsOfOurs({ ports }: PortScanResult): string[] {
  return ports.map(({ ip, port }) => `${ip}:${port}`);
}

function portsOfNmap(output: string): string[] {
  return [...output.matchAll(/^Host: (\S+) .*Ports: (.*)$/gm)].flatMap(([, ip, list = '']) =>
    [...list.matchAll(/(\d+)\/open\/tcp/g)].map((match) => `${ip}:${match[1]}`),
  );
}

async function compare(
  context: BenchContext,
  lab: Lab,
  given: {
    readonly subject: string;
    readonly runs: number;
    readonly ours: Way;
    readonly yardstick: Way;
  },
): Promise<Figure[]> {
  const { subject, ours, yardstick } = given;
  const rounds: { readonly ours: Turn; readonly yardstick: Turn }[] = [];
  for (let round = 0; round < given.runs; round += 1) {
    context.signal.throwIfAborted();
    rounds.push({ yardstick: await turn(lab, yardstick), ours: await turn(lab, ours) });
  }
  const [last] = rounds.slice(-1);
  context.say(`${subject}, ${ours.name}: ${last?.ours.found}`);
  context.say(`${subject}, ${yardstick.name}: ${last?.yardstick.found}`);
  const figure = (name: string, unit: string, goal = '–') => ({
    bench: 'scan',
    figure: `${subject}_${name}`,
    goal,
    unit,
  });
  const of = (pick: (round: (typeof rounds)[number]) => number): number[] => rounds.map(pick);
  return [
    figureOf(
      figure('equal_findings', 'share of runs', '1'),
      of((round) => Number(round.ours.found === round.yardstick.found)),
    ),
    figureOf(
      figure('time_ratio', 'ratio', '<=1.0'),
      of((round) => round.ours.scanMs / round.yardstick.wallMs),
    ),
    figureOf(
      figure('time_ratio_with_program_start', 'ratio'),
      of((round) => round.ours.wallMs / round.yardstick.wallMs),
    ),
    figureOf(
      figure('scan_ms', 'ms'),
      of((round) => round.ours.scanMs),
    ),
    figureOf(
      figure('nmap_ms', 'ms'),
      of((round) => round.yardstick.wallMs),
    ),
    figureOf(
      figure('cpu_seconds', 's'),
      of((round) => round.ours.cpuSeconds),
    ),
    figureOf(
      figure('nmap_cpu_seconds', 's'),
      of((round) => round.yardstick.cpuSeconds),
    ),
  ];
}

async function turn(lab: Lab, way: Way): Promise<Turn> {
  const cpuBefore = endedChildrenSeconds();
  const startMs = performance.now();
  const { code, stdout, stderr } = await lab.run(SCANNER.name, way.command, way.args);
  const wallMs = performance.now() - startMs;
  if (code !== 0) throw new Error(`${way.name} failed: ${stderr}`);
  const { found, scanMs = wallMs } = way.read(stdout);
  const cpuSeconds = endedChildrenSeconds() - cpuBefore;
  return { found: found.toSorted().join(' '), wallMs, scanMs, cpuSeconds };
}
