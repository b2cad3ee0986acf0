import type { Clock } from '@wardgrid/base';
import { readStat } from '../../platform/linux/files.ts';
import { readUserNames } from '../../platform/linux/processes.ts';

/** How often the file is looked at: a new account's first processes may be told by number only. */
const LOOK_MS = 5_000;

/** Names of local accounts, read again when the list of accounts has changed. */
export function createUserNames(
  rootPath: string,
  clock: Pick<Clock, 'monotonic'>,
): (uid: number) => string | null {
  let names: ReadonlyMap<number, string> = new Map();
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let changedNs = -1n;
  return (uid) => {
    if (clock.monotonic() - lookedAtMs >= LOOK_MS) {
      lookedAtMs = clock.monotonic();
      const mtimeNs = readStat(`${rootPath}etc/passwd`)?.mtimeNs ?? 0n;
      if (mtimeNs !== changedNs) names = readUserNames(rootPath);
      changedNs = mtimeNs;
    }
    return names.get(uid) ?? null;
  };
}
