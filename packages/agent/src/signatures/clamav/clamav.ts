import { boundedText, visibleText, type Clock } from '@wardgrid/base';
import type { FileHit, ScannedFile } from '../../protect/parts.ts';
import type { Peeled } from '../archives/peel.ts';
import type { Look } from '../look.ts';
import { findClamd, type ClamdConfig } from './config.ts';
import { openSession, type ClamdAnswer, type ClamdSession } from './session.ts';

/** ClamAV as one more engine, where a clamd runs. */
export interface Clamav {
  /** Asks about a file. What clamd's limits kept it from looking at is missed, whatever it says. */
  readonly look: (file: ScannedFile, peeled: Peeled, look: Look) => void;
  readonly isOn: () => boolean;
  readonly state: () => { readonly isOn: boolean; readonly detail: string };
  readonly close: () => void;
}

/** Where clamd is looked for, and the clock of its back-off. */
export interface ClamavOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly configPaths: readonly string[];
}

/** clamd answers at once, or it is loading its database: a held process does not wait for that. */
const CONNECT_TIMEOUT_MS = 500;
/** What clamd looks at in a millisecond at least: 10 MB a second. */
const BYTES_A_MS = 10_000;
const RETRY = { firstMs: 1_000, maxMs: 300_000 };

/** Without clamd, or while it is gone, the engine is off with a reason and looked for again later. */
export function createClamav({ clock, configPaths }: ClamavOptions): Clamav {
  let session: ClamdSession | undefined;
  let config: ClamdConfig | undefined;
  let detail = '';
  let failures = 0;
  let retryAt = clock.monotonic();

  function turnOff(reason: string): void {
    session?.close();
    session = undefined;
    detail = reason;
    retryAt = clock.monotonic() + Math.min(RETRY.maxMs, RETRY.firstMs * 2 ** failures);
    failures = Math.min(failures + 1, 20);
  }

  function connect(): void {
    if (session || clock.monotonic() < retryAt) return;
    // Descriptors are passed by Linux's calls; elsewhere YARA and hashes have to do.
    const found = process.platform === 'linux' ? findClamd(configPaths) : 'asked on Linux only';
    if (typeof found === 'string') {
      turnOff(found);
      return;
    }
    config = found;
    session = openSession(found.socketPath, CONNECT_TIMEOUT_MS);
    if (session) detail = boundedText(visibleText(session.version), 100);
    else turnOff(`clamd does not answer at ${found.socketPath}`);
  }

  /** A session may have ended for want of use: a second one is tried before clamd counts as gone. */
  function ask(file: ScannedFile, timeoutMs: number): ClamdAnswer {
    const answer = session?.ask(file, timeoutMs) ?? { kind: 'lost' };
    if (answer.kind !== 'lost') return answer;
    turnOff('clamd went away');
    retryAt = clock.monotonic();
    connect();
    return session?.ask(file, timeoutMs) ?? { kind: 'lost' };
  }

  connect();
  return {
    look(file, peeled, look) {
      connect();
      if (!session || !config || file.sizeBytes === 0) return;
      if (file.sizeBytes > config.fileBytesMax) {
        look.miss('clamav-limit');
        return;
      }
      if (look.leftMs() <= 0) {
        look.miss('deadline');
        return;
      }
      look.step(file.sizeBytes / BYTES_A_MS);
      const answer = ask(file, look.leftMs());
      if (answer.kind === 'late') turnOff('clamd did not answer in time');
      else if (answer.kind === 'lost') turnOff('clamd went away');
      else failures = 0;
      judge(answer, look, isBeyond(config, file, peeled));
    },
    isOn: () => session !== undefined,
    state: () => ({ isOn: session !== undefined, detail }),
    close: () => session?.close(),
  };
}

/** What is packed in the file is beyond clamd's limits: it skips such members and still says OK. */
function isBeyond(config: ClamdConfig, file: ScannedFile, peeled: Peeled): boolean {
  return (
    peeled.largestBytes > config.fileBytesMax ||
    peeled.totalBytes + file.sizeBytes > config.scanBytesMax
  );
}

function judge(answer: ClamdAnswer, look: Look, isBeyondLimits: boolean): void {
  if (answer.kind === 'found') {
    const { name } = answer;
    if (name.startsWith('Heuristics.Limits.Exceeded')) look.miss('clamav-limit');
    else if (name.startsWith('Heuristics.Encrypted')) look.miss('encrypted');
    else look.add([hitOf(name)], null);
    return;
  }
  if (answer.kind === 'late') look.miss('deadline');
  else if (answer.kind !== 'ok') look.miss('clamav-failed');
  else if (isBeyondLimits) look.miss('clamav-limit');
}

/** ClamAV says only a name: what kind of thing it is stands in the beginning of it. */
function hitOf(name: string): FileHit {
  const shown = boundedText(visibleText(name), 200);
  const isUnwanted = name.startsWith('PUA.');
  const isGuess = name.startsWith('Heuristics.');
  return {
    engine: 'clamav',
    rule: shown,
    title: `ClamAV: ${shown}`,
    severity: isUnwanted ? 'low' : isGuess ? 'medium' : 'high',
    confidence: isUnwanted ? 50 : isGuess ? 60 : 90,
    techniques: [],
    author: null,
    matches: [],
  };
}
