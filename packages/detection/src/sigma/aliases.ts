import { isAccessor } from '../fields.ts';
import type { EventClass } from '@wardgrid/wire';

/* Sigma's field names by log source, as accessors. A view and no renaming: rules run on our fields. */

const GENERAL: Readonly<Record<string, string>> = {
  Image: 'process.executable',
  ProcessName: 'process.executable',
  NewProcessName: 'process.executable',
  CommandLine: 'process.command_line',
  ProcessCommandLine: 'process.command_line',
  CurrentDirectory: 'process.working_directory',
  ProcessId: 'process.pid',
  ProcessGuid: 'process.entity_id',
  ParentImage: 'process.parent.executable',
  ParentProcessName: 'process.parent.executable',
  ParentCommandLine: 'process.parent.command_line',
  ParentProcessId: 'process.parent.pid',
  ParentProcessGuid: 'process.parent.entity_id',
  User: 'user.name',
  LogonId: 'user.login.id',
  TargetFilename: 'file.path',
  SourceFilename: 'file.previous_path',
  DestinationIp: 'destination.ip',
  DestinationPort: 'destination.port',
  DestinationHostname: 'destination.domain',
  SourceIp: 'source.ip',
  SourcePort: 'source.port',
  Protocol: 'network.transport',
  Initiated: '~initiated',
  QueryName: 'dns.question.name',
  query: 'dns.question.name',
  ImageLoaded: 'module.path',
  Message: 'message',
  'event.class': '~event.class',
  'event.action': '~event.action',
  '@timestamp': '~event.at',
  UtcTime: '~event.at',
  timestamp: '~event.at',
};

const AUDIT: Readonly<Record<string, string>> = {
  type: '~audit.type',
  SYSCALL: '~audit.syscall',
  syscall: '~audit.syscall',
  nametype: '~audit.nametype',
  exe: 'process.executable',
  comm: 'process.name',
  cwd: 'process.working_directory',
  proctitle: 'process.command_line',
  uid: 'user.id',
  euid: 'user.effective.id',
  auid: 'user.login.id',
  tty: 'process.tty',
  key: 'audit.key',
  name: 'file.path',
  pid: 'process.pid',
  ppid: 'process.parent.pid',
};

const AUDIT_ARGUMENT = /^a(\d|[1-5]\d|6[0-3])$/;

/** Which names a log source has. */
export interface FieldNames {
  /** Read as records of the Linux audit system. */
  readonly isAudit: boolean;
  readonly classes: readonly EventClass[];
}

/** The accessor of a field as a rule names it; undefined when no event of the log source has it. */
export function accessorOf(name: string, names: FieldNames): string | undefined {
  const bare = name.replaceAll(' ', '');
  const sigma = (names.isAudit ? auditAccessor(bare) : undefined) ?? hashAccessor(bare, names);
  if (sigma !== undefined) return sigma;
  if (Object.hasOwn(GENERAL, bare)) return GENERAL[bare];
  // Accessors of the engine's own are not for rules to write.
  return isAccessor(bare) && !/^[~*]/.test(bare) ? bare : undefined;
}

function auditAccessor(bare: string): string | undefined {
  const argument = AUDIT_ARGUMENT.exec(bare)?.[1];
  if (argument !== undefined) return `~argument.${argument}`;
  return Object.hasOwn(AUDIT, bare) ? AUDIT[bare] : undefined;
}

/** Files have hashes of their own; other events have the hash of their process. */
function hashAccessor(bare: string, { classes }: FieldNames): string | undefined {
  const isFile = classes.includes('file') || classes.includes('scan');
  if (bare === 'Hashes') return isFile ? '~hashes.file' : '~hashes.process';
  if (bare === 'sha256') return isFile ? 'file.hash.sha256' : 'process.hash.sha256';
  return undefined;
}
