import { boundedName, SERVICES_MAX, type ServiceRow } from '../../inventory/index.ts';
import { readLine, readNames, readText } from './files.ts';

/** The runlevels of a normal start: multi-user on Debian and Red Hat, and graphical. */
const START_FOLDERS = ['etc/rc2.d', 'etc/rc3.d', 'etc/rc5.d', 'etc/rcS.d'] as const;
/** OpenRC's runlevels of a normal start. */
const OPENRC_LEVELS = ['sysinit', 'boot', 'default'] as const;
/** Files in such folders that are no services. */
const NO_SERVICE =
  /^(?:README|skeleton|functions|functions\.sh|rc|rcS|halt|killall|single|\..*)$|~$|\.dpkg-/;

/** What a file name may be so that it can stand in a path and in a report. */
const NAME = /^[A-Za-z0-9][\w@.+-]{0,127}$/;

/**
 * Reads the services of a machine without systemd: the scripts of `/etc/init.d`. Scripts are never
 * run, not even for their status: state comes from OpenRC's records or from a pid file.
 */
export function readInitServices(rootPath: string): ServiceRow[] {
  const names = readNames(`${rootPath}etc/init.d`, SERVICES_MAX + 1).filter(
    (name) => NAME.test(name) && !NO_SERVICE.test(name),
  );
  const isOpenRc = readText(`${rootPath}run/openrc/softlevel`) !== null;
  const started = isOpenRc ? openRcStarted(rootPath) : sysvStarted(rootPath);
  const stateOf = isOpenRc ? openRcState(rootPath) : (name: string) => sysvState(rootPath, name);
  return names.toSorted().map((name) => ({
    name,
    displayName: readDescription(`${rootPath}etc/init.d/${name}`),
    state: stateOf(name),
    startMode: started.has(name) ? 'auto' : 'disabled',
  }));
}

function readDescription(path: string): string | null {
  const text = readText(path) ?? '';
  const comment = /^#\s*Short-Description:[ \t]*(\S.{0,400})$/m.exec(text)?.[1];
  const described = comment ?? /^description="([^"\n]{1,400})"$/m.exec(text)?.[1];
  return described === undefined ? null : boundedName(described.trim());
}

function sysvStarted(rootPath: string): ReadonlySet<string> {
  const links = START_FOLDERS.flatMap((path) => readNames(`${rootPath}${path}`, SERVICES_MAX));
  return new Set(links.flatMap((link) => /^S\d\d(.+)$/.exec(link)?.[1] ?? []));
}

/** Running when its pid file names a live process; without a pid file nobody can tell. */
function sysvState(rootPath: string, name: string): ServiceRow['state'] {
  const pid =
    readLine(`${rootPath}run/${name}.pid`) ?? readLine(`${rootPath}run/${name}/${name}.pid`);
  if (pid === null || !/^[1-9]\d{0,9}$/.test(pid)) return 'unknown';
  return readText(`${rootPath}proc/${pid}/stat`) === null ? 'stopped' : 'running';
}

function openRcStarted(rootPath: string): ReadonlySet<string> {
  return new Set(
    OPENRC_LEVELS.flatMap((level) => readNames(`${rootPath}etc/runlevels/${level}`, SERVICES_MAX)),
  );
}

function openRcState(rootPath: string): (name: string) => ServiceRow['state'] {
  const started = new Set(readNames(`${rootPath}run/openrc/started`, SERVICES_MAX));
  const failed = new Set(readNames(`${rootPath}run/openrc/failed`, SERVICES_MAX));
  return (name) => {
    if (failed.has(name)) return 'failed';
    return started.has(name) ? 'running' : 'stopped';
  };
}
