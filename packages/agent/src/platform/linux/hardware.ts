import { cpus } from 'node:os';
import {
  boundedBytes,
  boundedName,
  DISKS_MAX,
  type DiskRow,
  type BodyOf,
} from '../../inventory/index.ts';
import { readLine, readNames, readText, TABLE_BYTES_MAX } from './files.ts';
import { readFilesystems } from './mounts.ts';
import type { LinuxSource } from './source.ts';
import { parseMemory } from './vitals.ts';

/** The kernel counts disks in sectors of this size whatever the disk says. */
const SECTOR_BYTES = 512;
/** Block devices looked at: disks and everything the kernel makes of them. */
const BLOCK_DEVICES_MAX = 4_096;

/* What makers write where they forgot to write something. */
const PLACEHOLDER =
  /^(?:to be filled|default string|system (?:serial|product|manufacturer|version)|none$|not (?:specified|applicable|available)|n\/a$|unknown$|0+$|x+$|o\.?e\.?m\.?$|123456789|chassis serial)/i;

/** Reads what the machine is made of. */
export async function readHardware(
  source: LinuxSource,
  signal: AbortSignal,
): Promise<BodyOf<'hardware'>> {
  const { rootPath } = source;
  const disks = readDisks(`${rootPath}sys/block`);
  const filesystems = await readFilesystems(source, signal);
  const memory = parseMemory(readText(`${rootPath}proc/meminfo`) ?? '');
  const cpu = parseCpu(readText(`${rootPath}proc/cpuinfo`, TABLE_BYTES_MAX) ?? '');
  return {
    section: 'hardware',
    vendor: readDmi(rootPath, 'sys_vendor'),
    model: readDmi(rootPath, 'product_name') ?? readTree(rootPath, 'model'),
    serialNumber: readDmi(rootPath, 'product_serial') ?? readTree(rootPath, 'serial-number'),
    biosVersion: readDmi(rootPath, 'bios_version'),
    cpuModel: boundedName(cpu.model ?? cpus()[0]?.model ?? ''),
    cpuCores: cpu.cores,
    memoryBytes: memory.memoryTotalBytes,
    disks: disks.slice(0, DISKS_MAX),
    filesystems,
  };
}

function readDmi(rootPath: string, name: string): string | null {
  return meaningful(readLine(`${rootPath}sys/class/dmi/id/${name}`));
}

function readTree(rootPath: string, name: string): string | null {
  return meaningful(readLine(`${rootPath}proc/device-tree/${name}`));
}

/** The text, or null where a maker left a placeholder. */
export function meaningful(text: string | null): string | null {
  return text === null || PLACEHOLDER.test(text) ? null : boundedName(text);
}

/** The model of the first processor and the number of logical ones in `/proc/cpuinfo`. */
export function parseCpu(text: string): { readonly model: string | null; readonly cores: number } {
  const model = /^(?:model name|Model|cpu model)\s*:\s*(.{1,255})$/m.exec(text)?.[1]?.trim();
  const cores = text.match(/^processor\s*:/gm)?.length ?? 0;
  return { model: model ?? null, cores };
}

/** The disks of a `block` folder: what has a device behind it and a size. */
function readDisks(path: string): DiskRow[] {
  return readNames(path, BLOCK_DEVICES_MAX)
    .toSorted()
    .flatMap((name) => {
      const disk = `${path}/${name}`;
      const sectors = Number(readLine(`${disk}/size`));
      const isReal = readNames(`${disk}/device`, 1).length > 0 && !/^(?:sr|fd)\d/.test(name);
      if (!isReal || !Number.isSafeInteger(sectors) || sectors <= 0) return [];
      return [
        {
          name: boundedName(name),
          model: meaningful(readLine(`${disk}/device/model`) ?? readLine(`${disk}/device/name`)),
          sizeBytes: boundedBytes(sectors * SECTOR_BYTES),
          isRotational: readLine(`${disk}/queue/rotational`) === '1',
          isRemovable: readLine(`${disk}/removable`) === '1',
        },
      ];
    });
}
