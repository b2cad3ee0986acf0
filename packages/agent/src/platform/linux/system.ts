import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { boundedName, type BodyOf } from '../../inventory/index.ts';
import { readLine, readLink, readText } from './files.ts';
import { parseKeyValues } from './key-values.ts';
import type { LinuxSource } from './source.ts';
import { readVirtualization } from './virtualization.ts';

/** Keeps our hash of the machine id from being compared with anybody else's (machine-id(5)). */
const MACHINE_ID_PREFIX = 'wardgrid machine id v1\n';
/** Lines of /etc/hosts that are looked at; ad blockers make it very long. */
const HOSTS_LINE_COUNT_MAX = 200;

/** Reads what the machine is. */
export function readSystem(source: LinuxSource): BodyOf<'system'> {
  const { rootPath } = source;
  const release = parseKeyValues(
    readText(`${rootPath}etc/os-release`) ?? readText(`${rootPath}usr/lib/os-release`) ?? '',
  );
  const name = readLine(`${rootPath}proc/sys/kernel/hostname`) ?? hostname();
  return {
    section: 'system',
    hostname: boundedName(name),
    fqdn: findFqdn(name, readText(`${rootPath}etc/hosts`) ?? ''),
    osName: boundedName(release.get('NAME') ?? 'Linux'),
    osVersion: boundedName(release.get('VERSION_ID') ?? release.get('BUILD_ID') ?? ''),
    osFamily: 'linux',
    kernel: boundedName(readLine(`${rootPath}proc/sys/kernel/osrelease`) ?? ''),
    architecture: process.arch,
    bootId: boundedName(readLine(`${rootPath}proc/sys/kernel/random/boot_id`) ?? ''),
    machineIdHash: hashMachineId(readMachineId(rootPath) ?? name),
    timeZone: boundedName(readTimeZone(rootPath)),
    virtualization: readVirtualization(rootPath),
    uptimeSeconds: parseUptime(readLine(`${rootPath}proc/uptime`) ?? ''),
  };
}

/** The machine id of systemd or of D-Bus; a minimal container has neither. */
function readMachineId(rootPath: string): string | null {
  const id =
    readLine(`${rootPath}etc/machine-id`) ?? readLine(`${rootPath}var/lib/dbus/machine-id`);
  return id !== null && /^[0-9a-f]{32}$/i.test(id) ? id.toLowerCase() : null;
}

/** SHA-256 of a machine id under our prefix, so that the id cannot be followed elsewhere. */
export function hashMachineId(id: string): string {
  return createHash('sha256').update(MACHINE_ID_PREFIX).update(id).digest('hex');
}

/** The full name of a host: its own when it has a dot, else the one /etc/hosts gives it. */
export function findFqdn(hostname: string, hosts: string): string | null {
  if (hostname.includes('.')) return boundedName(hostname);
  for (const line of hosts.split('\n', HOSTS_LINE_COUNT_MAX)) {
    const [, ...names] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/);
    const full = names.find((name) => name.startsWith(`${hostname}.`));
    if (full !== undefined && hostname !== 'localhost') return boundedName(full);
  }
  return null;
}

function readTimeZone(rootPath: string): string {
  const target = readLink(`${rootPath}etc/localtime`)?.split('zoneinfo/')[1];
  const named = target ?? readLine(`${rootPath}etc/timezone`);
  return named ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Whole seconds since boot. */
export function parseUptime(text: string): number {
  return Number(/^\d{1,12}/.exec(text)?.[0] ?? 0);
}
