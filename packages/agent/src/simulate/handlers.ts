import { createHash } from 'node:crypto';
import { hostsOf, parseCidr } from '@wardgrid/base';
import type { ScannedHost, ScannedPort } from '@wardgrid/wire';
import type { JobContext, JobHandlers, JobResult } from '../jobs/index.ts';
import type { AgentStore } from '../store/index.ts';
import { macOf, type SimulatedMachine } from './machine.ts';

/** How long a simulated job takes: enough to be seen running. */
const JOB_MS = 200;
/** Hosts that a simulated discovery finds. */
const HOSTS = 6;
/** What simulated hosts serve, one after the other. */
const SERVICES: readonly (readonly [port: number, service: string])[] = [
  [22, 'ssh'],
  [80, 'http'],
  [443, 'https'],
];

/** Handlers that touch no network: small, plausible results whose names say that they are simulated. */
export function createSimulatedHandlers(machine: SimulatedMachine, store: AgentStore): JobHandlers {
  return {
    async discovery({ arguments: { cidr, ports } }, context) {
      await pause(context);
      const hosts = hostsIn(cidr, machine);
      context.emit({ kind: 'job-hosts', jobId: context.order.id, hosts });
      const openPorts =
        ports === null
          ? 0
          : emitPorts(
              context,
              hosts.map(({ ip }) => ip),
            );
      return resultOf({ hosts: hosts.length, openPorts }, { cidr, hosts: null, ports });
    },
    async 'port-scan'({ arguments: { cidr, hosts, ports } }, context) {
      await pause(context);
      const openPorts = emitPorts(context, hosts);
      return resultOf({ hosts: hosts.length, openPorts }, { cidr, hosts, ports });
    },
    async inventory(_, context) {
      await pause(context);
      const body = machine.system;
      const contentHash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
      const at = context.clock.now();
      store.append([{ at, body: { kind: 'inventory', collectedAt: at, contentHash, body } }]);
      return { summary: { sections: 1, durationMs: JOB_MS }, coverage: null };
    },
  };
}

function pause({ clock, signal }: JobContext): Promise<void> {
  return clock.sleep(JOB_MS, signal).catch(() => undefined);
}

function hostsIn(cidrText: string, { facts, network }: SimulatedMachine): ScannedHost[] {
  const cidr = parseCidr(cidrText);
  const addresses = cidr ? hostsOf(cidr).take(HOSTS).toArray() : [];
  return addresses.map((ip, number) => ({
    ip,
    mac: macOf(0x0a, Number.parseInt(facts.fingerprint.slice(0, 6), 16) + number),
    names: [{ name: `${facts.hostname}-host-${number + 1}`, source: 'dns' }],
    isSelf: ip === network.localIp,
    rttMs: 1 + number / 10,
    evidence: ['arp'],
  }));
}

function emitPorts(context: JobContext, hosts: readonly string[]): number {
  const ports = hosts.slice(0, HOSTS).flatMap((ip, number): ScannedPort[] => {
    const [port, service] = SERVICES[number % SERVICES.length] ?? [22, 'ssh'];
    return [{ ip, port, transport: 'tcp', service, product: 'simulated' }];
  });
  context.emit({ kind: 'job-ports', jobId: context.order.id, ports });
  return ports.length;
}

function resultOf(
  counts: { readonly hosts: number; readonly openPorts: number },
  coverage: Omit<NonNullable<JobResult['coverage']>, 'isComplete'>,
): JobResult {
  return {
    summary: { ...counts, durationMs: JOB_MS },
    coverage: { ...coverage, isComplete: true },
  };
}
