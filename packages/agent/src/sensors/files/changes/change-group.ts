import { FAN, FAN_INIT, FAN_MARK, O_CLOEXEC } from '../../../platform/linux/fanotify.ts';
import {
  AT_FDCWD,
  errnoName,
  pathBytes,
  type SystemCalls,
} from '../../../platform/linux/system-calls.ts';
import type { Filesystem } from '../filesystems.ts';

/** What is told of. Not each write: only its end, or a log would tell more than it says. */
const MASK = FAN.CREATE | FAN.DELETE | FAN.RENAME | FAN.CLOSE_WRITE | FAN.ATTRIB | FAN.ONDIR;

/** Opens the group that tells of changes by handles and names, and holds nobody. @throws SystemCallError */
export function openChangeGroup(calls: SystemCalls, isQueueBounded: boolean): number {
  const { CLOEXEC, NONBLOCK, REPORT_FID, REPORT_DIR_FID, REPORT_NAME } = FAN_INIT;
  const reports = REPORT_FID | REPORT_DIR_FID | REPORT_NAME | FAN_INIT.REPORT_TARGET_FID;
  const queue = isQueueBounded ? 0 : FAN_INIT.UNLIMITED_QUEUE;
  const flags = CLOEXEC | NONBLOCK | FAN_INIT.UNLIMITED_MARKS | reports | queue;
  return calls.check('fanotify_init', calls.fanotify_init(flags, O_CLOEXEC));
}

/** Marks filesystems, also those marked before; returns those that refused, as `/mnt: ENODEV`. */
export function markChanges(
  calls: SystemCalls,
  group: number,
  filesystems: readonly Filesystem[],
): string[] {
  const flags = FAN_MARK.ADD | FAN_MARK.FILESYSTEM;
  return filesystems.flatMap(({ mountPoint }) => {
    const path = pathBytes(mountPoint);
    const result = calls.fanotify_mark(group, flags, BigInt(MASK >>> 0), AT_FDCWD, path);
    return result === 0 ? [] : [`${mountPoint.toString()}: ${errnoName(calls.errno())}`];
  });
}
