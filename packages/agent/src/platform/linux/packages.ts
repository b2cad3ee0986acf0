import { statSync } from 'node:fs';
import {
  boundedInstant,
  boundedName,
  PACKAGES_MAX,
  type PackageRow,
  type BodyOf,
} from '../../inventory/index.ts';
import type { CommandOutput } from './command.ts';
import { readNames } from './files.ts';
import { readLineBatches } from './line-stream.ts';
import { createParagraphParser, type Paragraph } from './paragraphs.ts';
import { createThrottle, type LinuxSource } from './source.ts';

/** Where each generation of RPM keeps its database. */
const RPM_DATABASES = ['var/lib/rpm', 'usr/lib/sysimage/rpm'];
const RPM_FILES = /^(?:rpmdb\.sqlite|Packages|Packages\.db)$/;
/** One tab-separated line a package; an absent epoch is printed as `(none)`. */
const RPM_FORMAT = '%{NAME}\\t%{EPOCH}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{INSTALLTIME}\\n';
/** More programs than this never stand in one package database folder. */
const NAMES_MAX = 64;

/** Reads what is installed by the package systems found on the machine. */
export async function readSoftware(
  source: LinuxSource,
  signal: AbortSignal,
): Promise<BodyOf<'software'>> {
  const rpm = await readRpm(source, signal);
  const packages = [
    ...(await readDpkg(source, signal)),
    ...(await readApk(source, signal)),
    ...parseRpmList(rpm.text),
  ];
  return {
    section: 'software',
    packages: packages.slice(0, PACKAGES_MAX),
    isTruncated: packages.length > PACKAGES_MAX || rpm.isCut,
  };
}

/** The packages of dpkg's own status file, with the time their file lists were written. */
async function readDpkg(source: LinuxSource, signal: AbortSignal): Promise<PackageRow[]> {
  const path = `${source.rootPath}var/lib/dpkg`;
  const parser = createParagraphParser(': ', ['Package', 'Status', 'Version', 'Architecture']);
  const throttle = createThrottle(source.clock, signal);
  const rows: PackageRow[] = [];
  for await (const lines of readLineBatches(`${path}/status`, signal)) {
    rows.push(...parser.push(lines).flatMap(dpkgPackage));
    await throttle();
    if (rows.length > PACKAGES_MAX) break;
  }
  rows.push(...parser.end().flatMap(dpkgPackage));
  const dated: PackageRow[] = [];
  for (const row of rows) {
    dated.push({ ...row, installedAt: dpkgInstalledAt(`${path}/info`, row) });
    await throttle();
  }
  return dated;
}

function dpkgPackage(paragraph: Paragraph): PackageRow[] {
  const name = paragraph.get('Package') ?? '';
  // Debian policy 5.6.1; the name becomes part of a path below.
  const isNamed = /^[a-z0-9][a-z0-9+.-]{0,254}$/i.test(name);
  const isInstalled = / (?:installed|triggers-(?:awaited|pending))$/.test(
    paragraph.get('Status') ?? '',
  );
  if (!isNamed || !isInstalled) return [];
  const architecture = paragraph.get('Architecture');
  return [
    {
      name,
      version: boundedName(paragraph.get('Version') ?? ''),
      source: 'dpkg',
      architecture: architecture === undefined ? null : boundedName(architecture),
      installedAt: null,
    },
  ];
}

function dpkgInstalledAt(infoPath: string, row: PackageRow): number | null {
  const isArchitecture = /^[a-z0-9-]{1,32}$/.test(row.architecture ?? '');
  return (
    modifiedAt(`${infoPath}/${row.name}.list`) ??
    (isArchitecture ? modifiedAt(`${infoPath}/${row.name}:${row.architecture}.list`) : null)
  );
}

function modifiedAt(path: string): number | null {
  const modifiedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return modifiedMs === undefined ? null : boundedInstant(modifiedMs);
}

/** The packages of Alpine's database; it does not keep when they were installed. */
async function readApk(source: LinuxSource, signal: AbortSignal): Promise<PackageRow[]> {
  const parser = createParagraphParser(':', ['P', 'V', 'A']);
  const rows: PackageRow[] = [];
  const toRow = (paragraph: Paragraph): PackageRow[] => {
    const name = paragraph.get('P');
    if (name === undefined || name === '') return [];
    const architecture = paragraph.get('A');
    return [
      {
        name: boundedName(name),
        version: boundedName(paragraph.get('V') ?? ''),
        source: 'apk',
        architecture: architecture === undefined ? null : boundedName(architecture),
        installedAt: null,
      },
    ];
  };
  for await (const lines of readLineBatches(`${source.rootPath}lib/apk/db/installed`, signal)) {
    rows.push(...parser.push(lines).flatMap(toRow));
    if (rows.length > PACKAGES_MAX) break;
  }
  return [...rows, ...parser.end().flatMap(toRow)];
}

/** RPM's database is binary and has three forms: its own program reads it. */
async function readRpm(source: LinuxSource, signal: AbortSignal): Promise<CommandOutput> {
  const isPresent = RPM_DATABASES.some((path) =>
    readNames(`${source.rootPath}${path}`, NAMES_MAX).some((name) => RPM_FILES.test(name)),
  );
  const argv = ['/usr/bin/rpm', '-qa', '--queryformat', RPM_FORMAT] as const;
  const output = isPresent ? await source.run(argv, signal) : null;
  return output ?? { text: '', isCut: false };
}

/** The packages of `rpm -qa` in our format. Imported signing keys are listed but are no packages. */
export function parseRpmList(text: string): PackageRow[] {
  return text.split('\n', PACKAGES_MAX + 1).flatMap((line) => {
    const [name, epoch, version, architecture, installedText] = line.split('\t');
    if (name === undefined || name === '' || version === undefined) return [];
    if (name === 'gpg-pubkey') return [];
    const seconds = /^\d{1,11}$/.test(installedText ?? '') ? Number(installedText) : null;
    const isWithEpoch = epoch !== undefined && /^[1-9]\d{0,9}$/.test(epoch);
    return [
      {
        name: boundedName(name),
        version: boundedName(isWithEpoch ? `${epoch}:${version}` : version),
        source: 'rpm' as const,
        architecture:
          architecture === undefined || architecture === '(none)'
            ? null
            : boundedName(architecture),
        installedAt: seconds === null ? null : boundedInstant(seconds * 1_000),
      },
    ];
  });
}
