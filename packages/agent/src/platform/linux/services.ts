import { statSync } from 'node:fs';
import { SERVICES_MAX, type ServiceRow, type BodyOf } from '../../inventory/index.ts';
import { readInitServices } from './init-services.ts';
import type { LinuxSource } from './source.ts';
import { LIST_UNIT_FILES, LIST_UNITS, parseSystemdServices } from './systemd-services.ts';

/** Reads what runs in the background, from systemd where it is the first process. */
export async function readServices(
  source: LinuxSource,
  signal: AbortSignal,
): Promise<BodyOf<'services'>> {
  const fromSystemd = isSystemd(source.rootPath) ? await readSystemd(source, signal) : null;
  const services = fromSystemd ?? readInitServices(source.rootPath);
  const sorted = services.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return {
    section: 'services',
    services: sorted.slice(0, SERVICES_MAX),
    isTruncated: sorted.length > SERVICES_MAX,
  };
}

/** The test that systemd itself documents (sd_booted(3)). */
function isSystemd(rootPath: string): boolean {
  try {
    return statSync(`${rootPath}run/systemd/system`).isDirectory();
  } catch {
    return false;
  }
}

async function readSystemd(source: LinuxSource, signal: AbortSignal): Promise<ServiceRow[] | null> {
  const units = await source.run(LIST_UNITS, signal);
  if (!units) return null;
  const files = await source.run(LIST_UNIT_FILES, signal);
  return parseSystemdServices(units.text, files?.text ?? '');
}
