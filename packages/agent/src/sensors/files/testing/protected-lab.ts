import { silentLog } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { DEFAULT_PROTECTION, type ProtectionPolicy } from '@wardgrid/wire';
import type { SignatureContent } from '../../../signatures/index.ts';
import type { SensedEvent } from '../../../protect/parts.ts';
import {
  createFileProtection,
  type FileProtection,
  type FileProtectionOptions,
  type JudgedFile,
} from '../index.ts';
import type { EicarContent } from './eicar-scanner-worker.ts';
import { createFileLab, type FileLab } from './file-lab.ts';

const EICAR_THREAD = new URL('./eicar-scanner-worker.ts', import.meta.url);
/** Longer than any event takes from the kernel to us, even on a busy machine. */
const HEARD_MS_MAX = 30_000;

/** What a test may have otherwise. */
export interface ProtectionWishes {
  readonly policy?: Partial<ProtectionPolicy>;
  /** `SignatureContent` brings the engines of the product. */
  readonly content?: EicarContent | SignatureContent;
  readonly more?: Partial<FileProtectionOptions>;
}

/** A filesystem, its protection, and what that told. */
export interface ProtectedLab extends FileLab {
  readonly judged: JudgedFile[];
  readonly events: SensedEvent[];
  /** Makes and starts the protection; the one before is stopped. */
  readonly protect: (wishes?: ProtectionWishes) => Promise<FileProtection>;
  /** Waits until a file was judged that fits. @throws Error when none is. */
  readonly heard: (fits: (file: JudgedFile) => boolean) => Promise<JudgedFile>;
  /** Waits until an event fits. @throws Error when none does. */
  readonly sensed: (fits: (event: SensedEvent) => boolean) => Promise<SensedEvent>;
  /** Ends the protection and empties the filesystem. */
  readonly reset: () => Promise<void>;
}

/** Makes a filesystem that can be protected. Needs root. */
export function createProtectedLab(): ProtectedLab {
  const lab = createFileLab();
  const judged: JudgedFile[] = [];
  const events: SensedEvent[] = [];
  let protection: FileProtection | null = null;

  async function reset(): Promise<void> {
    await protection?.stop();
    protection = null;
    for (const file of judged.splice(0)) file.close();
    events.splice(0);
    await lab.shell('rm -rf $D/* $D/.[!.]*');
  }

  return {
    ...lab,
    judged,
    events,
    reset,
    async protect({ policy = {}, content = {}, more = {} } = {}) {
      await protection?.stop();
      protection = createFileProtection({
        clock: systemClock,
        log: silentLog,
        mountPoints: [lab.mountPoint],
        canaryFolders: [],
        policy: { ...DEFAULT_PROTECTION, ...policy },
        content,
        ...('yara' in content ? {} : { scannerThread: EICAR_THREAD }),
        onEvents: (found) => events.push(...found),
        onVerdict: (file) => judged.push(file),
        ...more,
      });
      await protection.start();
      return protection;
    },
    heard: (fits) => waitFor('judged', judged, fits),
    sensed: (fits) => waitFor('sensed', events, fits),
  };
}

async function waitFor<T>(
  what: string,
  list: readonly T[],
  fits: (item: T) => boolean,
): Promise<T> {
  const endMs = performance.now() + HEARD_MS_MAX;
  for (;;) {
    const item = list.find(fits);
    if (item) return item;
    if (performance.now() > endMs) throw new Error(`nothing fits of ${list.length} ${what}`);
    await systemClock.sleep(5);
  }
}
