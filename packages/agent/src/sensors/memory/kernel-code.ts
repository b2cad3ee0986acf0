import { readLine, readText, TABLE_BYTES_MAX } from '../../platform/linux/files.ts';
import { isOwnProgram, listBpfPrograms } from '../../platform/linux/bpf/programs.ts';

/** Something that runs in the kernel. */
export interface KernelCode {
  /** Unique for as long as it is loaded. */
  readonly key: string;
  readonly name: string;
  readonly kind: 'module' | 'bpf';
  /** The kernel's own doubts about a module (`OE`: from outside, unsigned), or the type of a program. */
  readonly detail: string | null;
  /** Who loaded it; null where the kernel does not tell. */
  readonly uid: number | null;
}

/** Modules looked at; a desktop has some 200. */
const MODULES_MAX = 4_096;

/** What runs in the kernel beside itself, without our own programs. Never throws. */
export function readKernelCode(rootPath: string): KernelCode[] {
  return [...readModules(rootPath), ...readPrograms()];
}

function readModules(rootPath: string): KernelCode[] {
  return parseModules(readText(`${rootPath}proc/modules`, TABLE_BYTES_MAX) ?? '');
}

/** The modules of `/proc/modules`: name, size, uses, users, state, address, doubts. */
export function parseModules(text: string): KernelCode[] {
  return text
    .split('\n')
    .slice(0, MODULES_MAX)
    .flatMap((line) => {
      const [name, size, , , , address] = line.split(' ');
      if (name === undefined || size === undefined || address === undefined) return [];
      const doubts = /\(([A-Z+-]{1,16})\)$/.exec(line)?.[1] ?? null;
      return [{ key: `module ${name} ${size}`, name, kind: 'module', detail: doubts, uid: null }];
    });
}

function readPrograms(): KernelCode[] {
  return listBpfPrograms()
    .filter((program) => !isOwnProgram(program))
    .map(({ id, name, type, uid }) => ({
      key: `bpf ${id} ${name}`,
      name,
      kind: 'bpf',
      detail: type,
      uid,
    }));
}

/** The list of modules that belong to a kernel: some 6,000 lines. */
const MODULES_DEP_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The file of a module among those of the running kernel; null when it is none of them, or was loaded
 * from elsewhere: the kernel keeps no path. Names of files have dashes where modules have underscores.
 */
export function moduleFile(rootPath: string, name: string): string | null {
  const release = readLine(`${rootPath}proc/sys/kernel/osrelease`) ?? '';
  const folder = `lib/modules/${release}`;
  const list = readText(`${rootPath}${folder}/modules.dep`, MODULES_DEP_BYTES_MAX) ?? '';
  for (const line of list.split('\n')) {
    const file = line.slice(0, line.indexOf(':'));
    const base = file.slice(file.lastIndexOf('/') + 1).replace(/\.ko(?:\.\w{1,4})?$/, '');
    if (base.replaceAll('-', '_') === name) return `/${folder}/${file}`;
  }
  return null;
}
