/**
 * Processes by the kernel's audit, read beside an auditd and never instead of it: it multicasts every
 * record. Used only where audit already records starts, or where a policy allows to switch it on; what
 * was switched on is switched off again. Audit tells starts alone: forks and ends come by the connector.
 */
import { lifeFact } from '../connector/life.ts';
import { openConnector, type ConnectorSocket } from '../connector/socket.ts';
import { readExecFact, unreadExecFact } from '../proc-facts.ts';
import type { ExecFact, ProcessFact, ProcessSource, SourceSink } from '../source.ts';
import { openAuditControl, type AuditStatus } from './control.ts';
import type { AuditStart } from './events.ts';
import { listenToAudit, type AuditListener } from './listener.ts';

const BLIND_SPOTS = [
  'standard descriptors, variables and control group of programs that end within a millisecond',
  'starts by programs of a foreign architecture',
];

/** A source that is not attached yet. */
export function createAuditSource(options: {
  readonly rootPath: string;
  readonly mayEnable: boolean;
}): ProcessSource {
  const { rootPath } = options;
  let dropped = 0;
  let before: AuditStatus | undefined;
  let listener: AuditListener | undefined;
  let connector: ConnectorSocket | undefined;

  async function stop(): Promise<void> {
    if (before !== undefined) restore(before);
    before = undefined;
    dropped += (listener?.dropped() ?? 0) + (connector?.lost() ?? 0);
    await Promise.all([listener?.stop(), connector?.stop()]);
    listener = connector = undefined;
  }

  return {
    name: 'audit',
    blindSpots: () => BLIND_SPOTS,
    async start(sink) {
      dropped = 0;
      try {
        before = prepare(options.mayEnable);
        connector = followLives(rootPath, sink);
        listener = listenToAudit((starts) =>
          sink.onFacts(starts.map((start) => factOf(rootPath, start))),
        );
      } catch (error) {
        await stop();
        throw error;
      }
    },
    dropped: () => dropped + (listener?.dropped() ?? 0) + (connector?.lost() ?? 0),
    stop,
  };
}

/** Forks and ends, which audit does not tell. */
function followLives(rootPath: string, { bootedAt, onFacts }: SourceSink): ConnectorSocket {
  let lives: ProcessFact[] = [];
  return openConnector({
    bootedAt,
    onEvent(event) {
      if (event.kind !== 'exec') lives.push(lifeFact(event, { rootPath, bootedAt: bootedAt() }));
    },
    onTurn() {
      const told = lives;
      lives = [];
      if (told.length > 0) onFacts(told);
    },
  });
}

/** Makes sure that starts are recorded; gives what to put back, if anything was changed. */
function prepare(mayEnable: boolean): AuditStatus | undefined {
  const control = openAuditControl();
  try {
    const status = control.status();
    if (status.enabled !== 0 && control.recordsStarts()) return undefined;
    if (!mayEnable) throw new Error('audit does not record starts, and no policy asks for it');
    if (status.enabled === 2) throw new Error('the audit rules are locked until the next boot');
    control.enable();
    return status;
  } finally {
    control.close();
  }
}

function restore(before: AuditStatus): void {
  const control = openAuditControl();
  try {
    control.restore(before);
  } finally {
    control.close();
  }
}

const DELETED = ' (deleted)';

/** What audit tells goes before what `/proc` shows: that may be of a later moment already. */
function factOf(rootPath: string, start: AuditStart): ExecFact {
  const seen = readExecFact(rootPath, start.pid, start.at) ?? unreadExecFact(start.pid, start.at);
  const { executable } = start;
  const isMemfd = executable?.startsWith('/memfd:') === true;
  return {
    ...seen,
    parent: seen.parent ?? { pid: start.parentPid, startTicks: null },
    args: start.args,
    executable: isMemfd ? executable : (executable?.replace(/ \(deleted\)$/, '') ?? null),
    filename: start.script,
    isScript: start.script !== null,
    folder: start.folder ?? seen.folder,
    uid: start.uid,
    euid: start.euid,
    loginUid: start.loginUid,
    tty: start.tty,
    inode: start.inode ?? seen.inode,
    isDeleted: executable?.endsWith(DELETED) ?? seen.isDeleted,
    isMemfd,
    cut: start.isCut ? ['process.args', 'process.command_line'] : [],
  };
}
