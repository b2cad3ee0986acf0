/* A scanner thread for tests. */
import type { FileScanner, FileVerdict, ScannedFile } from '../../../protect/parts.ts';
import { systemCalls } from '../../../platform/linux/system-calls.ts';
import { runScannerThread } from '../scanner-thread.ts';
import { EICAR } from './eicar.ts';

const READ_BYTES_MAX = 8 * 1_024 * 1_024;
const CLEAN: FileVerdict = { kind: 'clean', hits: [], sha256: null, reason: null };
const EVIL: FileVerdict = {
  ...CLEAN,
  kind: 'malicious',
  hits: [
    {
      engine: 'yara',
      rule: 'eicar',
      title: 'EICAR test file',
      severity: 'high',
      confidence: 100,
      techniques: [],
      author: null,
      matches: [],
    },
  ],
};

/** What the scanner looks for, and what it does with files that hold certain words. */
export interface EicarContent {
  /** A file with these bytes is malicious too. */
  readonly also?: string;
  /** A scanner that comes to a file with these bytes never comes back. */
  readonly hangsOn?: string;
  /** A scanner that comes to a file with these bytes throws. */
  readonly fallsOn?: string;
  /** Each scan takes this long. */
  readonly delayMs?: number;
}

/** A scanner that knows EICAR alone: it keeps the contract of the real one and is quick to start. */
function createEicarScanner(content: EicarContent): FileScanner {
  const { pread } = systemCalls();
  const bytes = Buffer.allocUnsafeSlow(READ_BYTES_MAX);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const judge = (found: Buffer): FileVerdict => {
    const has = (text: string | undefined): boolean => text !== undefined && found.includes(text);
    if (content.delayMs !== undefined) Atomics.wait(pause, 0, 0, content.delayMs);
    if (has(content.hangsOn)) Atomics.wait(pause, 0, 0);
    if (has(content.fallsOn)) throw new Error('the scanner fell');
    return found.includes(EICAR) || has(content.also) ? EVIL : CLEAN;
  };
  return {
    scan(file: ScannedFile): FileVerdict {
      const length = pread(file.fd, bytes, bytes.length, 0n);
      return judge(bytes.subarray(0, Math.max(0, length)));
    },
    scanBytes: (given) => judge(Buffer.from(given)),
    close: () => {},
  };
}

await runScannerThread((content) => createEicarScanner(content as EicarContent));
