import { readBytes, readLine, readNames, readText } from './files.ts';

/** Beginnings of maker, product or firmware names, and the hypervisor each one is. */
const HYPERVISOR_OF_MAKER: readonly (readonly [RegExp, string])[] = [
  [/^KVM|^QEMU|^Bochs|OpenStack|^RHEV|^oVirt|KubeVirt/i, 'kvm'],
  [/^Google Compute Engine|^Amazon EC2|^DigitalOcean|^Hetzner|^Alibaba Cloud|^Linode/i, 'kvm'],
  [/^VMware|^VMW/i, 'vmware'],
  [/^innotek|^VirtualBox|^Oracle VM/i, 'virtualbox'],
  [/^Xen/i, 'xen'],
  [/^Parallels/i, 'parallels'],
  [/^Virtual Machine$|Hyper-V/i, 'hyperv'],
  [/^BHYVE/i, 'bhyve'],
  [/^Apple Virtualization/i, 'apple'],
  [/^Firecracker/i, 'firecracker'],
];

/** Container engines by the words they leave in control group paths. */
const ENGINE_OF_PATH: readonly (readonly [RegExp, string])[] = [
  [/\/kubepods/, 'kubernetes'],
  [/\/docker[/-]|\/system\.slice\/docker-/, 'docker'],
  [/\/libpod-|\/machine\.slice\/libpod/, 'podman'],
  [/\/lxc[./]/, 'lxc'],
];

/**
 * The container engine or hypervisor this machine runs in, the inner one first, or null on bare
 * metal. A machine that only says it has a hypervisor is `vm`.
 */
export function readVirtualization(rootPath: string): string | null {
  return readContainer(rootPath) ?? readHypervisor(rootPath);
}

function readContainer(rootPath: string): string | null {
  return readMarker(rootPath) ?? readKernelGuest(rootPath) ?? readControlGroup(rootPath);
}

/** The files that engines leave in a container for programs like this one. */
function readMarker(rootPath: string): string | null {
  if (readText(`${rootPath}.dockerenv`) !== null) return 'docker';
  if (readText(`${rootPath}run/.containerenv`) !== null) return 'podman';
  const named = readLine(`${rootPath}run/systemd/container`) ?? readInitContainer(rootPath);
  return named !== null && /^[a-z0-9-]{1,32}$/.test(named) ? named : null;
}

/** Windows and OpenVZ run containers on kernels of their own; OpenVZ's host also has `/proc/bc`. */
function readKernelGuest(rootPath: string): string | null {
  const kernel = readLine(`${rootPath}proc/sys/kernel/osrelease`) ?? '';
  if (/microsoft/i.test(kernel)) return 'wsl';
  const isOpenVz = readNames(`${rootPath}proc/vz`, 1).length > 0;
  return isOpenVz && readNames(`${rootPath}proc/bc`, 1).length === 0 ? 'openvz' : null;
}

function readControlGroup(rootPath: string): string | null {
  const groups = readText(`${rootPath}proc/1/cgroup`) ?? '';
  return ENGINE_OF_PATH.find(([pattern]) => pattern.test(groups))?.[1] ?? null;
}

/** The engine named in the environment of the first process; only root may read it. */
function readInitContainer(rootPath: string): string | null {
  const environment = readBytes(`${rootPath}proc/1/environ`)?.toString('latin1') ?? '';
  const entry = environment.split('\0').find((text) => text.startsWith('container='));
  return entry === undefined ? null : entry.slice('container='.length);
}

function readHypervisor(rootPath: string): string | null {
  const dmi = ['product_name', 'sys_vendor', 'board_vendor', 'bios_vendor'].map(
    (name) => readLine(`${rootPath}sys/class/dmi/id/${name}`) ?? '',
  );
  // Clouds rent out whole machines under the same maker's name.
  const isBareMetal = dmi.some((text) => /\.metal(?:-|$)/.test(text));
  const maker = HYPERVISOR_OF_MAKER.find(([pattern]) => dmi.some((text) => pattern.test(text)));
  if (maker && !isBareMetal) return maker[1];
  const hypervisor = readLine(`${rootPath}sys/hypervisor/type`);
  if (hypervisor === 'xen') return 'xen';
  const tree = readLine(`${rootPath}proc/device-tree/hypervisor/compatible`) ?? '';
  if (tree.includes('kvm')) return 'kvm';
  const cpu = readText(`${rootPath}proc/cpuinfo`) ?? '';
  return /^flags\s*:.*\bhypervisor\b/m.test(cpu) ? 'vm' : null;
}
