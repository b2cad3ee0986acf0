/**
 * Small networks for tests, made of Linux network namespaces: hosts on one bridge, with no way to
 * any other network, or sites with a router between them. It owns the namespaces it made and removes them, also those that a killed test
 * left behind. It needs root and `ip`, and says so when they are missing.
 */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';

/** A host of a lab. */
interface LabHost {
  readonly name: string;
  /** Its IPv4 address, within the lab's network. */
  readonly ip: string;
}

/** What to make: one network. */
export interface LabPlan {
  readonly cidr: string;
  readonly hosts: readonly LabHost[];
}

/** Several networks and one router, which is the `gateway` of each. */
export interface SitesPlan {
  readonly sites: readonly (LabPlan & { readonly gateway: string })[];
}

/** How a command in a host ended. */
interface LabResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A network of namespaces. Close it when done. */
export interface Lab {
  readonly hosts: readonly LabHost[];
  /** The link address of a host, lower case. */
  readonly macOf: (host: string) => Promise<string>;
  /** Runs a command in a host to its end. */
  readonly run: (host: string, command: string, args: readonly string[]) => Promise<LabResult>;
  /** Starts a command in a host with pipes; the lab kills it when it closes. */
  readonly spawn: (host: string, command: string, args: readonly string[]) => ChildProcess;
  /** What to put before a command so that it runs in a host, for programs that start it themselves. */
  readonly prefixOf: (host: string) => readonly string[];
  /** Kills what runs in the lab and removes it. */
  readonly close: () => Promise<void>;
}

/** Long scans run in labs; nothing in a test runs longer. */
const RUN_MS = 120_000;

/** A scan of thousands of ports prints less. */
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

const PREFIX = 'wg';

let labCount = 0;

/** Makes a network. @throws Error that says what is missing when namespaces cannot be made. */
export async function createLab(plan: LabPlan | SitesPlan): Promise<Lab> {
  await removeOrphans();
  labCount += 1;
  const space = (name: string): string => `${PREFIX}${process.pid}n${labCount}-${name}`;
  const sites = 'sites' in plan ? plan.sites : [plan];
  const hosts = sites.flatMap((site) => site.hosts);
  const spaces = [space('switch'), ...hosts.map(({ name }) => space(name))];
  const children = new Set<ChildProcess>();
  const removeNow = (): void => {
    for (const each of spaces) spawnSync('ip', ['netns', 'del', each]);
  };
  process.once('exit', removeNow);

  async function close(): Promise<void> {
    for (const child of children) child.kill('SIGKILL');
    for (const each of spaces) await execute('ip', ['netns', 'del', each]);
    process.removeListener('exit', removeNow);
  }

  try {
    await build(sites, space);
  } catch (cause) {
    await close();
    throw new Error('no lab: network namespaces need root, `ip` and CAP_SYS_ADMIN', { cause });
  }
  const inside = (host: string, command: string, args: readonly string[]): string[] => {
    if (!hosts.some(({ name }) => name === host)) throw new Error(`no host '${host}'`);
    return ['netns', 'exec', space(host), command, ...args];
  };
  return {
    hosts,
    prefixOf: (host) => ['ip', ...inside(host, '', []).slice(0, -1)],
    async macOf(host) {
      const { stdout } = await execute('ip', inside(host, 'cat', ['/sys/class/net/eth0/address']));
      return stdout.trim();
    },
    run: (host, command, args) => execute('ip', inside(host, command, args)),
    spawn(host, command, args) {
      const child = spawn('ip', inside(host, command, args), { stdio: ['pipe', 'pipe', 'pipe'] });
      children.add(child);
      child.once('exit', () => children.delete(child));
      return child;
    },
    close,
  };
}

type Site = LabPlan & { readonly gateway?: string };

async function build(sites: readonly Site[], space: (name: string) => string): Promise<void> {
  const hub = space('switch');
  await ip('netns', 'add', hub);
  await ip('-n', hub, 'link', 'set', 'lo', 'up');
  for (const [index, site] of sites.entries()) await buildSite(site, index, space);
  if (sites.every(({ gateway }) => gateway === undefined)) return;
  const routing = 'echo 1 > /proc/sys/net/ipv4/ip_forward';
  await ip('netns', 'exec', hub, 'sh', '-c', routing);
}

async function buildSite(
  site: Site,
  index: number,
  space: (name: string) => string,
): Promise<void> {
  const { gateway } = site;
  const hub = space('switch');
  const bridge = `br${index}`;
  const prefix = site.cidr.split('/')[1] ?? '24';
  await ip('-n', hub, 'link', 'add', bridge, 'type', 'bridge');
  await ip('-n', hub, 'link', 'set', bridge, 'up');
  if (gateway !== undefined) {
    await ip('-n', hub, 'address', 'add', `${gateway}/${prefix}`, 'dev', bridge);
  }
  for (const [place, { name, ip: address }] of site.hosts.entries()) {
    const host = space(name);
    const port = `p${index}x${place}`;
    await ip('netns', 'add', host);
    await ip('-n', host, 'link', 'set', 'lo', 'up');
    await ip(...`link add eth0 netns ${host} type veth peer name ${port} netns ${hub}`.split(' '));
    await ip('-n', hub, 'link', 'set', port, 'master', bridge, 'up');
    await ip('-n', host, 'address', 'add', `${address}/${prefix}`, 'broadcast', '+', 'dev', 'eth0');
    await ip('-n', host, 'link', 'set', 'eth0', 'up');
    if (gateway !== undefined) {
      await ip('-n', host, 'route', 'add', 'default', 'via', gateway);
    }
  }
}

/** Removes the namespaces of tests whose process is gone. */
async function removeOrphans(): Promise<void> {
  const { stdout } = await execute('ip', ['netns', 'list']);
  for (const match of stdout.matchAll(/^(wg(\d+)n\d+-\S+)/gm)) {
    if (!isRunning(Number(match[2]))) await execute('ip', ['netns', 'del', match[1] ?? '']);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function ip(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await execute('ip', args);
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
}

function execute(command: string, args: readonly string[]): Promise<LabResult> {
  const bounds = { timeout: RUN_MS, maxBuffer: OUTPUT_BYTES_MAX };
  return new Promise((resolve) => {
    execFile(command, args, bounds, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
      const how = error ? `${error.message} (${error.signal ?? error.code})` : '';
      resolve({ code, stdout, stderr: stderr || how });
    });
  });
}
