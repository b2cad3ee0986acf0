import { Severity, type ProcessNode, type RuleSwitch } from '@wardgrid/wire';
import type { ScanHit } from '../malware-scan/index.ts';
import { inodeOf } from '../platform/linux/inode.ts';
import { entityIdOf, readBootId, readProcessStat } from '../platform/linux/process-files.ts';
import type { FileVerdicts } from './file-verdicts.ts';
import type { FindingLedger, NewFinding } from './finding-ledger.ts';
import type { FileHit } from './parts.ts';
import type { Responder } from './responder.ts';

/** What turning hits of scans into findings needs. */
export interface ScanFindingOptions {
  readonly verdicts: Pick<FileVerdicts, 'take'>;
  readonly ledger: Pick<FindingLedger, 'note'>;
  readonly responder: Pick<Responder, 'answer'>;
  readonly contentDigest: () => string | null;
  readonly switches: () => readonly RuleSwitch[];
}

/** Takes what a scan found: files go the way of all files, memory makes a finding about its process. */
export function createScanFindings(options: ScanFindingOptions): (hit: ScanHit) => Promise<void> {
  return async (hit) => {
    if (hit.fd !== null) await takeFile(options, hit, hit.fd);
    else if (hit.process) await takeMemory(options, hit, hit.process);
  };
}

async function takeFile(
  { verdicts }: ScanFindingOptions,
  { verdict, path }: ScanHit,
  fd: number,
): Promise<void> {
  const { device, inode, bornNs: birthNs } = inodeOf(fd);
  // The scan closes the descriptor; no event of a process belongs to what lay there.
  const close = (): void => undefined;
  const file = { fd, path, device, inode, birthNs, reason: 'malware', wasBlocked: false } as const;
  await verdicts.take({ ...file, verdict, close }, null);
}

async function takeMemory(
  options: ScanFindingOptions,
  { verdict }: ScanHit,
  place: NonNullable<ScanHit['process']>,
): Promise<void> {
  const settings = new Map(options.switches().map(({ ruleId, setting }) => [ruleId, setting]));
  const [worst] = verdict.hits
    .filter(({ rule }) => settings.get(rule) !== 'off')
    .toSorted((left, right) => weightOf(right) - weightOf(left));
  if (!worst) return;
  const node = nodeOf(place);
  const { engine, rule, title, severity, confidence, techniques, author } = worst;
  const finding: NewFinding = {
    rule,
    engine,
    severity,
    confidence,
    author,
    title: `${title} (in memory)`.slice(0, 300),
    techniques: [...techniques],
    contentDigest: options.contentDigest(),
    subject: `${place.pid} ${place.program}`.slice(0, 1_024),
    remedy: 'Find out which program put this into the process, and end its process tree.',
    matches: [
      { selection: rule.slice(0, 120), field: 'memory', value: place.region.slice(0, 1_024) },
    ],
    event: null,
    processes: node ? [node] : [],
  };
  const id = options.ledger.note(finding);
  const isReportOnly = settings.get(rule) === 'report';
  const sighting = { rule: { id: rule, severity, confidence }, findingId: id, isReportOnly };
  await options.responder.answer(sighting, node ?? undefined);
}

function weightOf({ severity, confidence }: FileHit): number {
  return Severity.options.indexOf(severity) * 1_000 + confidence;
}

/** The process as it is now; null when it has ended. */
function nodeOf({ pid, program }: NonNullable<ScanHit['process']>): ProcessNode | null {
  const stat = readProcessStat(`/proc/${pid}`);
  if (!stat) return null;
  return {
    entityId: entityIdOf(readBootId('/'), pid, stat.startTicks),
    parentEntityId: null,
    pid,
    startedAt: 0,
    endedAt: null,
    executable: program.slice(0, 4_096),
    commandLine: '',
    user: '',
  };
}
