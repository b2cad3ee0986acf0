import { boundedName, SERVICES_MAX, type ServiceRow } from '../../inventory/index.ts';

/** What systemd knows of running: "active" holds for a service that did its work once, too. */
const STATE_OF_ACTIVE: ReadonlyMap<string, ServiceRow['state']> = new Map([
  ['active', 'running'],
  ['activating', 'running'],
  ['reloading', 'running'],
  ['refreshing', 'running'],
  ['inactive', 'stopped'],
  ['deactivating', 'stopped'],
  ['failed', 'failed'],
]);

/** The words of `systemctl is-enabled` (systemctl(1)); masked units cannot be started at all. */
const START_MODE_OF_FILE: ReadonlyMap<string, ServiceRow['startMode']> = new Map([
  ['enabled', 'auto'],
  ['enabled-runtime', 'auto'],
  ['generated', 'auto'],
  ['disabled', 'disabled'],
  ['masked', 'disabled'],
  ['masked-runtime', 'disabled'],
  ['static', 'manual'],
  ['indirect', 'manual'],
  ['linked', 'manual'],
  ['linked-runtime', 'manual'],
  ['transient', 'manual'],
]);

/** Arguments that make `systemctl` print one plain line a service. */
const PLAIN = [
  '--type=service',
  '--all',
  '--plain',
  '--no-legend',
  '--no-pager',
  '--full',
] as const;

/** The command that lists loaded services with their state. */
export const LIST_UNITS = ['/usr/bin/systemctl', 'list-units', ...PLAIN] as const;
/** The command that lists installed services with their start mode. */
export const LIST_UNIT_FILES = ['/usr/bin/systemctl', 'list-unit-files', ...PLAIN] as const;

const SUFFIX = '.service';

/** The services of both listings. Templates and units whose file is gone are left out. */
export function parseSystemdServices(units: string, unitFiles: string): ServiceRow[] {
  const startModes = parseUnitFiles(unitFiles);
  const rows = new Map<string, ServiceRow>();
  for (const line of units.split('\n', SERVICES_MAX * 2)) {
    const row = parseUnit(line, startModes);
    if (row) rows.set(row.name, row);
  }
  for (const [name, startMode] of startModes) {
    if (rows.has(name) || name.endsWith('@')) continue;
    rows.set(name, { name, displayName: null, state: 'stopped', startMode });
  }
  return [...rows.values()];
}

function parseUnit(
  line: string,
  startModes: ReadonlyMap<string, ServiceRow['startMode']>,
): ServiceRow | undefined {
  const [unit, load, active, , ...description] = line.trim().split(/\s+/);
  const name = nameOf(unit);
  if (name === undefined || active === undefined || load === 'not-found') return undefined;
  // An instance (`getty@tty1`) starts as its template says.
  const template = `${name.split('@')[0] ?? ''}@`;
  return {
    name,
    displayName: description.length > 0 ? boundedName(description.join(' ')) : null,
    state: STATE_OF_ACTIVE.get(active) ?? 'unknown',
    startMode: startModes.get(name) ?? startModes.get(template) ?? 'unknown',
  };
}

function parseUnitFiles(text: string): Map<string, ServiceRow['startMode']> {
  const startModes = new Map<string, ServiceRow['startMode']>();
  for (const line of text.split('\n', SERVICES_MAX * 2)) {
    const [unit, state] = line.trim().split(/\s+/);
    const name = nameOf(unit);
    // An alias is a second name of a service that is listed under its first.
    if (name === undefined || state === undefined || state === 'alias') continue;
    startModes.set(name, START_MODE_OF_FILE.get(state) ?? 'unknown');
  }
  return startModes;
}

function nameOf(unit: string | undefined): string | undefined {
  if (unit?.endsWith(SUFFIX) !== true || unit === SUFFIX) return undefined;
  return boundedName(unit.slice(0, -SUFFIX.length));
}
