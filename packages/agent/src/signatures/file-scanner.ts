import { createHash, hash } from 'node:crypto';
import { messageOf, type Clock } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import type { FileHit, FileScanner, FileVerdict, ScannedFile } from '../protect/parts.ts';
import { ARCHIVE_LIMITS, type ArchiveLimits } from './archives/limits.ts';
import { NOTHING_PEELED, peel } from './archives/peel.ts';
import { createClamav, type Clamav } from './clamav/clamav.ts';
import { CLAMD_CONFIG_PATHS } from './clamav/config.ts';
import { findEicar } from './eicar.ts';
import { createFileReader, readInto } from './file-bytes.ts';
import type { GlanceRules } from './glance.ts';
import { openHashes, type HashList, type KnownHash } from './hashes/list.ts';
import { beginLook, type Look } from './look.ts';
import { createYaraPass, OVERLAP_BYTES, PIECE_BYTES, type YaraPass } from './yara-pass.ts';
import {
  compileTiers,
  NO_TIERS,
  openYaraEngine,
  type TieredRules,
  type YaraIssue,
  type YaraSource,
} from './yara/index.ts';

/** What a scanner is made from: the signature parts of the content that the device runs. */
export interface SignatureContent {
  readonly yara: readonly YaraSource[];
  /** Compiled lists of hashes, as files: their records stay on the disk. */
  readonly hashes: readonly { readonly name: string; readonly path: string }[];
}

/** Whether an engine works, for people. */
export interface EngineState {
  readonly engine: 'yara' | 'hash' | 'clamav';
  readonly isOn: boolean;
  /** `libyara, 212 rules`; why it is off otherwise. */
  readonly detail: string;
}

/** The file scanner with what is known about its engines. */
export interface SignatureScanner extends FileScanner {
  readonly engines: () => readonly EngineState[];
  /** By what files may be passed over without this scanner; null when it has to see them all. */
  readonly glance: () => GlanceRules | null;
  /** Whether a program beside ours is asked about every file. */
  readonly asksOthers: () => boolean;
  /** What was left out of the content, and why. */
  readonly issues: readonly YaraIssue[];
}

/** How a scanner works; everything has a default. */
export interface ScannerOptions {
  readonly clock?: Pick<Clock, 'monotonic'>;
  readonly limits?: Partial<ArchiveLimits>;
  /** Where clamd's configuration may be, when not at the usual places. */
  readonly clamdConfigPaths?: readonly string[];
  /** Called before each step of a look with what it is expected to take. */
  readonly onStep?: Look['step'];
}

/** Larger files are looked at in pieces: whole ones are held in memory. */
const WHOLE_BYTES_MAX = 32 * 1_024 * 1_024;

/** What a disk gives in a millisecond at least: 20 MB a second. */
const READ_BYTES_A_MS = 20_000;

interface Engines {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly lists: readonly HashList[];
  readonly yara: YaraPass;
  readonly limits: ArchiveLimits;
  readonly clamav: Clamav;
}

/**
 * A scanner of the content, for the thread that calls it. Content that cannot be used is left out and
 * told by `engines` and `issues`; EICAR's test file is found whatever the content. Scanners of one
 * process should be made one after the other: libyara starts up without a lock.
 */
export async function createFileScanner(
  content: SignatureContent,
  options: ScannerOptions = {},
): Promise<SignatureScanner> {
  const clock = options.clock ?? systemClock;
  const { ruleSet, state } = await compileContent(content.yara);
  const { lists, state: hashState } = openLists(content.hashes);
  const engines: Engines = {
    clock,
    lists,
    yara: createYaraPass(ruleSet, clock),
    limits: { ...ARCHIVE_LIMITS, ...options.limits },
    clamav: createClamav({ clock, configPaths: options.clamdConfigPaths ?? CLAMD_CONFIG_PATHS }),
  };
  const reader = createFileReader();
  return {
    scan(file, budgetMs) {
      const look = beginLook(clock, budgetMs, options.onStep);
      look.step(Math.min(file.sizeBytes, WHOLE_BYTES_MAX) / READ_BYTES_A_MS);
      if (file.sizeBytes > WHOLE_BYTES_MAX) {
        const sha256 = scanPieces(engines, file, look);
        return look.verdict(() => sha256);
      }
      const read = reader.readWhole(file.fd, file.sizeBytes);
      if (read.kind !== 'whole') look.miss(read.kind);
      if (read.kind === 'unreadable') return look.verdict(() => null);
      const { bytes } = read;
      lookAt(engines, { file, bytes }, look);
      return look.verdict(() => (read.kind === 'whole' ? hash('sha256', bytes) : null));
    },
    scanBytes(bytes, budgetMs): FileVerdict {
      const look = beginLook(clock, budgetMs);
      look.add(findEicar(bytes), null);
      engines.yara.whole(bytes, look, null);
      return look.verdict(() => null);
    },
    close() {
      ruleSet.compiled?.close();
      ruleSet.large?.close();
      ruleSet.plain?.close();
      for (const list of lists) list.close();
      engines.clamav.close();
    },
    glance: () => glanceOf(ruleSet, lists),
    asksOthers: () => engines.clamav.isOn(),
    engines: () => [state, hashState, { engine: 'clamav', ...engines.clamav.state() }],
    issues: ruleSet.issues,
  };
}

async function compileContent(
  sources: readonly YaraSource[],
): Promise<{ readonly ruleSet: TieredRules; readonly state: EngineState }> {
  const off = (detail: string) => ({
    ruleSet: NO_TIERS,
    state: { engine: 'yara' as const, isOn: false, detail },
  });
  if (sources.length === 0) return off('the content has no YARA rules');
  try {
    const engine = await openYaraEngine();
    const ruleSet = compileTiers(engine, sources);
    const isOn = ruleSet.compiled !== null;
    const detail = isOn
      ? `${engine.name}, ${ruleSet.rules.size} rules`
      : 'no rule could be compiled';
    return { ruleSet, state: { engine: 'yara', isOn, detail } };
  } catch (error) {
    return off(messageOf(error));
  }
}

/** A list of hashes knows files by nothing that a look could see. */
function glanceOf(
  { beginnings, literals }: TieredRules,
  lists: readonly HashList[],
): GlanceRules | null {
  if (literals === null || lists.some(({ entryCount }) => entryCount > 0)) return null;
  return { beginnings, literals: literals.plain };
}

function openLists(files: SignatureContent['hashes']): {
  readonly lists: readonly HashList[];
  readonly state: EngineState;
} {
  const lists: HashList[] = [];
  const faults: string[] = [];
  for (const { name, path } of files) {
    try {
      lists.push(openHashes(path));
    } catch (error) {
      faults.push(`${name}: ${messageOf(error)}`);
    }
  }
  const count = lists.reduce((sum, list) => sum + list.entryCount, 0);
  const detail = [`${count} hashes`, ...faults].join('; ');
  // EICAR's is known without content, so that the engine is on with no list at all.
  return { lists, state: { engine: 'hash', isOn: faults.length === 0, detail } };
}

/** Looks at a whole file and at what is packed in it. */
function lookAt(
  engines: Engines,
  { file, bytes }: { readonly file: ScannedFile; readonly bytes: Buffer },
  look: Look,
): void {
  const { limits } = engines;
  inspect(engines, { bytes, member: null }, look);
  const peeled = peel(bytes, {
    look,
    limits,
    inspect: (inner, member) => inspect(engines, { bytes: inner, member }, look),
  });
  engines.clamav.look(file, peeled, look);
}

function inspect(
  { lists, yara }: Engines,
  { bytes, member }: { readonly bytes: Buffer; readonly member: string | null },
  look: Look,
): void {
  // A digest is worth taking for lists alone: a jar has thousands of members.
  const digest = lists.length > 0 ? hash('sha256', bytes, 'buffer') : null;
  for (const list of lists) if (digest) look.add(hitsOf(list.find(bytes, digest)), member);
  look.add(findEicar(bytes), member);
  yara.whole(bytes, look, member);
}

/** Looks at a large file piece by piece; gives its SHA-256 when there was time for all of it. */
function scanPieces(
  { lists, yara, clamav }: Engines,
  file: ScannedFile,
  look: Look,
): string | null {
  // Some rules ask for places in the whole file: whatever comes out, it was not looked at by those.
  look.miss('size');
  const digest = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES + OVERLAP_BYTES);
  let kept = 0;
  for (let at = 0; at < file.sizeBytes;) {
    if (look.leftMs() <= 0) return null;
    look.step(PIECE_BYTES / READ_BYTES_A_MS);
    const wanted = Math.min(PIECE_BYTES, file.sizeBytes - at);
    const got = readInto(file.fd, buffer.subarray(kept, kept + wanted), at);
    if (got === undefined || got < wanted) return null;
    digest.update(buffer.subarray(kept, kept + got));
    const piece = buffer.subarray(0, kept + got);
    look.add(findEicar(piece), null);
    yara.piece(piece, look, null);
    kept = Math.min(OVERLAP_BYTES, piece.length);
    buffer.copyWithin(0, piece.length - kept, piece.length);
    at += got;
  }
  clamav.look(file, NOTHING_PEELED, look);
  const sha256 = digest.digest();
  for (const list of lists) look.add(hitsOf(list.findDigest(sha256, file.sizeBytes)), null);
  return sha256.toString('hex');
}

function hitsOf(known: KnownHash | undefined): readonly FileHit[] {
  if (!known) return [];
  const { algorithm, name } = known;
  return [
    {
      engine: 'hash',
      rule: `hash-${algorithm}`,
      title: `Known malware: ${name}`,
      severity: 'critical',
      // A SHA-256 is the file; an MD5 can be met by another one on purpose.
      confidence: algorithm === 'sha256' ? 100 : 85,
      techniques: [],
      author: null,
      matches: [name],
    },
  ];
}
