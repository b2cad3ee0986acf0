import { resolve } from 'node:path';
import { systemNewId } from '@wardgrid/base/system';
import type { Config } from '../config.ts';
import { createProtection, type Protection } from '../protect/index.ts';
import { createFileProtection } from '../sensors/files/index.ts';
import { createGuardian } from '../sensors/guardian/index.ts';
import { createTelemetry } from '../sensors/telemetry.ts';
import type { DataFolder } from '../store/index.ts';
import type { Surroundings } from './session.ts';

/** The protection of this device, stopped. @throws QuarantineError when its folder cannot be used. */
export function openProtection(
  { protectedMounts }: Config,
  { path, store }: DataFolder,
  { clock, log }: Surroundings,
): Protection {
  // Rules and exclusions speak of whole paths.
  const dataPath = resolve(path);
  const isFilesWanted = protectedMounts === null || protectedMounts.length > 0;
  // Decoys stand where somebody watches them.
  const decoys = protectedMounts === null ? {} : { canaryFolders: protectedMounts };
  const files = { clock, log, mountPoints: protectedMounts, ...decoys };
  const { sensors, processes } = createTelemetry({ clock, log, dataPath });
  return createProtection({
    clock,
    log,
    store,
    dataPath,
    newId: systemNewId,
    mountPoints: protectedMounts,
    sensors,
    denyPrograms: (files) => void processes?.deny(files),
    createFiles: isFilesWanted ? (given) => createFileProtection({ ...given, ...files }) : null,
    createGuardian: isFilesWanted
      ? (onStarted) => createGuardian({ clock, log, folder: dataPath, onStarted })
      : null,
  });
}
