import type { Clock } from '@wardgrid/base';
import {
  Severity,
  type DeviceEvent,
  type ProcessNode,
  type ProtectionPolicy,
  type RuleSwitch,
} from '@wardgrid/wire';
import { inodeOf, isSameInode } from '../platform/linux/inode.ts';
import { openNamedFile, type NamedFile, type Quarantine } from '../quarantine/index.ts';
import { createExclusions } from '../sensors/files/exclusions.ts';
import { liesHere } from '../sensors/files/lies-here.ts';
import type { JudgedFile } from '../sensors/files/index.ts';
import type { DeniedPrograms } from './denied-programs.ts';
import type { EventJournal } from './event-journal.ts';
import type { FindingLedger, NewFinding } from './finding-ledger.ts';
import type { FileHit } from './parts.ts';
import { isRefused, isSealed } from './policy.ts';
import type { Responder } from './responder.ts';

/** What judging files needs. */
export interface FileVerdictOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly ledger: FindingLedger;
  readonly journal: Pick<EventJournal, 'follow'>;
  readonly responder: Responder;
  readonly denied: Pick<DeniedPrograms, 'deny' | 'allow'>;
  readonly quarantine: Pick<Quarantine, 'isExcepted'>;
  readonly policy: () => ProtectionPolicy;
  readonly switches: () => readonly RuleSwitch[];
  readonly contentDigest: () => string | null;
  /** The process of an event and its ancestors. */
  readonly processesOf: (event: DeviceEvent) => readonly ProcessNode[];
  /** The event of the file that is being told. */
  readonly event: () => DeviceEvent | null;
}

/** A file that was judged, by whoever met it. */
export type VerdictFile = Pick<
  JudgedFile,
  'path' | 'fd' | 'device' | 'inode' | 'birthNs' | 'reason' | 'verdict' | 'wasBlocked' | 'close'
>;

/** Turns files that are not simply clean into findings, and takes malicious ones away. */
export interface FileVerdicts {
  /** Closes the file, whatever happens. Without an event given, it is the one that is being told. */
  readonly take: (file: VerdictFile, event?: DeviceEvent | null) => Promise<void>;
  /** Hits since the start, by engine. */
  readonly hits: (engine: FileHit['engine']) => number;
}

/** The most that a finding shows of what matched. */
const MATCHES_MAX = 16;
const SUBJECT_MAX = 1_024;

/** The verdicts of a device. */
export function createFileVerdicts(options: FileVerdictOptions): FileVerdicts {
  const counts = new Map<FileHit['engine'], number>();

  async function judge(file: VerdictFile, event: DeviceEvent | null): Promise<void> {
    const hits = activeHits(file.verdict.hits, options.switches());
    for (const { engine } of hits) counts.set(engine, (counts.get(engine) ?? 0) + 1);
    const processes = event ? [...options.processesOf(event)] : [];
    const contentDigest = options.contentDigest();
    const finding = findingOf(file, hits, { event, contentDigest, processes });
    if (!finding || isLetBe(file, options)) return;
    const id = options.ledger.note(finding);
    if (event) options.journal.follow(event);
    const target = file.path ?? '';
    if (file.wasBlocked) {
      options.responder.note(id, { kind: 'block', outcome: 'done', target, detail: null });
    }
    if (!isSure(file, hits, options)) return;
    await endLate(options.responder, finding, { id, file, event, process: processes[0] });
    const pid = event?.fields['process.pid'];
    const about = { findingId: id, rule: finding.rule, path: target };
    await refuse(file, { ...about, pid: typeof pid === 'number' ? pid : null });
  }

  /** Until it is gone nobody starts it, by whatever name. */
  async function refuse(file: VerdictFile, about: Parameters<Responder['seal']>[1]): Promise<void> {
    const { denied, policy } = options;
    const opened = file.fd === null ? openAgain(file) : null;
    const fd = file.fd ?? opened?.fd;
    try {
      if (fd !== undefined && isRefused(policy())) denied.deny(fd);
      if (!isSealed(policy())) return;
      if (fd === undefined) noteLost(about);
      else if (await options.responder.seal(fd, about)) denied.allow(fd);
    } finally {
      opened?.close();
    }
  }

  function noteLost(about: Parameters<Responder['seal']>[1]): void {
    const { findingId, path: target } = about;
    const detail = 'it was not found again where it was';
    options.responder.note(findingId, { kind: 'quarantine', outcome: 'failed', target, detail });
  }

  return {
    async take(file, event = options.event()) {
      try {
        await judge(file, event);
      } finally {
        file.close();
      }
    },
    hits: (engine) => counts.get(engine) ?? 0,
  };
}

/** Who started it while its scan took too long is ended, with all that it started. */
async function endLate(
  responder: Responder,
  { rule, severity, confidence }: NewFinding,
  late: {
    readonly id: string;
    readonly file: VerdictFile;
    readonly event: DeviceEvent | null;
    readonly process: ProcessNode | undefined;
  },
): Promise<void> {
  if (late.file.wasBlocked || late.event?.action !== 'exec') return;
  const sighting = { rule: { id: rule, severity, confidence }, findingId: late.id };
  await responder.answer({ ...sighting, isReportOnly: false }, late.process);
}

/** The very file, when it came without a descriptor and still has its name; null otherwise. */
function openAgain({ path, device, inode, birthNs }: VerdictFile): NamedFile | null {
  try {
    const file = openNamedFile(path ?? '');
    if (isSameInode(inodeOf(file.fd), { device, inode, bornNs: birthNs })) return file;
    file.close();
  } catch {
    // It has moved or gone: whoever opens it next is refused.
  }
  return null;
}

/** Hits of rules that a person did not switch off. */
function activeHits(hits: readonly FileHit[], switches: readonly RuleSwitch[]): readonly FileHit[] {
  const off = new Set(
    switches.filter(({ setting }) => setting === 'off').map(({ ruleId }) => ruleId),
  );
  return hits.filter(({ rule }) => !off.has(rule));
}

/** A person put this very file back, or the policy leaves it alone. */
function isLetBe(
  { verdict: { sha256 }, path, device, inode, birthNs: bornNs }: VerdictFile,
  { quarantine, policy, clock }: FileVerdictOptions,
): boolean {
  const exclusions = createExclusions(policy().exclusions);
  const nowMs = clock.now();
  const isExcluded = path !== null && exclusions.isPathExcluded(path, nowMs);
  if (isExcluded && liesHere(path, { device, inode })) return true;
  if (sha256 === null) return false;
  if (exclusions.isHashExcluded(sha256, nowMs)) return true;
  return quarantine.isExcepted(sha256, path ?? '', { device, inode, bornNs });
}

/** Whether something may be done about the file: a sure hit of a rule that may act. */
function isSure(
  file: VerdictFile,
  hits: readonly FileHit[],
  { policy, switches }: FileVerdictOptions,
): boolean {
  const reported = new Set(switches().map(({ ruleId }) => ruleId));
  const { confidenceMin } = policy();
  const isHit = hits.some(
    ({ rule, confidence }) => confidence >= confidenceMin && !reported.has(rule),
  );
  return file.verdict.kind === 'malicious' && isHit;
}

function findingOf(
  file: VerdictFile,
  hits: readonly FileHit[],
  given: Pick<NewFinding, 'event' | 'contentDigest' | 'processes'>,
): NewFinding | undefined {
  const subject = (file.path ?? `inode ${file.inode}`).slice(0, SUBJECT_MAX);
  const common = { ...given, subject, techniques: [], author: null, matches: [] };
  if (file.reason === 'world-writable') return { ...common, ...MISPLACED };
  const [worst] = hits.toSorted((left, right) => weightOf(right) - weightOf(left));
  if (!worst) return undefined;
  const { rule, title, engine, severity, confidence, techniques, author } = worst;
  return {
    ...common,
    rule,
    title,
    engine,
    severity,
    confidence,
    author,
    techniques: [...techniques],
    remedy: 'Find out how the file came here. It may be put back from the quarantine.',
    matches: hits.flatMap(matchesOf).slice(0, MATCHES_MAX),
  };
}

const MISPLACED = {
  rule: 'exec-from-world-writable',
  title: 'A program in a folder that anybody can write was refused',
  engine: 'sensor',
  severity: 'medium',
  confidence: 60,
  remedy: 'Move the program to a folder that only its owner can write, or except it.',
} as const;

function weightOf({ severity, confidence }: FileHit): number {
  return Severity.options.indexOf(severity) * 1_000 + confidence;
}

function matchesOf({ rule, matches }: FileHit): NewFinding['matches'] {
  return matches.map((value) => ({
    selection: rule.slice(0, 120),
    field: 'file',
    value: value.slice(0, 1_024),
  }));
}
