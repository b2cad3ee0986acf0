import { dlopen } from 'node:ffi';
import { rememberOwnProgram } from './programs.ts';
import { callError, systemCalls } from '../system-calls.ts';

/* libbpf 1.x as Debian 12, Ubuntu 24.04 and RHEL 9 ship it. Its functions give an address or a
   negative error number; -1 with `errno` set for those that give descriptors. */
function loadLibrary() {
  return dlopen('libbpf.so.1', {
    libbpf_set_print: { arguments: ['pointer'], return: 'pointer' },
    bpf_object__open_file: { arguments: ['pointer', 'pointer'], return: 'pointer' },
    bpf_object__load: { arguments: ['pointer'], return: 'i32' },
    bpf_object__close: { arguments: ['pointer'], return: 'void' },
    bpf_object__find_program_by_name: { arguments: ['pointer', 'pointer'], return: 'pointer' },
    bpf_object__find_map_fd_by_name: { arguments: ['pointer', 'pointer'], return: 'i32' },
    bpf_program__fd: { arguments: ['pointer'], return: 'i32' },
    bpf_program__attach: { arguments: ['pointer'], return: 'pointer' },
    bpf_link__destroy: { arguments: ['pointer'], return: 'i32' },
    bpf_map_lookup_elem: { arguments: ['i32', 'buffer', 'buffer'], return: 'i32' },
    bpf_map_update_elem: { arguments: ['i32', 'buffer', 'buffer', 'u64'], return: 'i32' },
    bpf_map_delete_elem: { arguments: ['i32', 'buffer'], return: 'i32' },
  }).functions;
}

let loaded: ReturnType<typeof loadLibrary> | undefined;

/** A loaded and attached object. Closing it, or the end of the process, detaches all of it. */
export interface BpfObject {
  /** The descriptor of a map. @throws SystemCallError when the object has none of that name. */
  readonly map: (name: string) => number;
  readonly lookup: (map: number, key: Buffer, value: Buffer) => boolean;
  readonly update: (map: number, key: Buffer, value: Buffer) => boolean;
  readonly remove: (map: number, key: Buffer) => boolean;
  readonly close: () => void;
}

/**
 * Loads the object file and attaches the programs that it names.
 * @throws Error where there is no libbpf, or the kernel refuses.
 */
export function attachBpfObject(path: string, programNames: readonly string[]): BpfObject {
  const library = (loaded ??= loadLibrary());
  library.libbpf_set_print(null);
  const object = library.bpf_object__open_file(path, null);
  if (object === 0n) throw callError('bpf_object__open_file', systemCalls().errno());
  const links: bigint[] = [];
  const close = (): void => {
    for (const link of links) library.bpf_link__destroy(link);
    library.bpf_object__close(object);
  };
  try {
    const result = library.bpf_object__load(object);
    if (result < 0) throw callError('bpf_object__load', -result);
    for (const name of programNames) {
      const program = library.bpf_object__find_program_by_name(object, name);
      const link = program === 0n ? 0n : library.bpf_program__attach(program);
      if (link === 0n) throw callError(`bpf_program__attach ${name}`, systemCalls().errno());
      links.push(link);
      rememberOwnProgram(library.bpf_program__fd(program));
    }
  } catch (error) {
    close();
    throw error;
  } finally {
    /* Reading the kernel's type information took some 10 MB that would stay with us for ever. */
    systemCalls().malloc_trim(0n);
  }
  return {
    map(name) {
      const descriptor = library.bpf_object__find_map_fd_by_name(object, name);
      if (descriptor < 0) throw callError(`map ${name}`, -descriptor);
      return descriptor;
    },
    lookup: (map, key, value) => library.bpf_map_lookup_elem(map, key, value) === 0,
    update: (map, key, value) => library.bpf_map_update_elem(map, key, value, 0n) === 0,
    remove: (map, key) => library.bpf_map_delete_elem(map, key) === 0,
    close,
  };
}
