import type { ProtectionPolicy } from '@wardgrid/wire';
import { FAN } from '../../platform/linux/fanotify.ts';
import { liesIn } from './exclusions.ts';

/** How far the sensor goes; `detect` holds nobody. */
export type Level = 'detect' | 'balanced' | 'strict';

/** The level of a policy; null when nothing is watched. Who only reports holds nobody for it. */
export function levelOf(policy: ProtectionPolicy): Level | null {
  if (policy.mode === 'off') return null;
  return policy.malwareAction === 'report' ? 'detect' : policy.mode;
}

const MASKS: Readonly<Record<Level, number>> = {
  detect: FAN.OPEN_EXEC | FAN.CLOSE_WRITE,
  balanced: FAN.OPEN_EXEC_PERM | FAN.CLOSE_WRITE,
  strict: FAN.OPEN_EXEC_PERM | FAN.OPEN_PERM | FAN.CLOSE_WRITE,
};

/** Events of a filesystem that the policy wants; `hasStrictPath`: one of its strict paths lies there. */
export function maskOf(policy: ProtectionPolicy, hasStrictPath: boolean): number {
  const level = levelOf(policy);
  if (level === null) return 0;
  return MASKS[level === 'balanced' && hasStrictPath ? 'strict' : level];
}

/** Events that need not be sent for a file again once it was found clean. */
export function cacheMaskOf(policy: ProtectionPolicy): number {
  const level = levelOf(policy);
  if (level === null) return 0;
  if (level === 'detect') return FAN.OPEN_EXEC;
  const hasOpens = level === 'strict' || policy.strictPaths.length > 0;
  /* A place is judged at every start: a clean program may be moved to where none may run. */
  const execs = policy.denyExecFromWorldWritable ? 0 : FAN.OPEN_EXEC_PERM;
  return execs | (hasOpens ? FAN.OPEN_PERM : 0);
}

/** Whether an open of the path waits for its verdict. A path that is too long to be read does. */
export function isOpenStrict(policy: ProtectionPolicy, path: string | null): boolean {
  if (levelOf(policy) === 'strict' || path === null) return true;
  return policy.strictPaths.some((folder) => liesIn(folder, path));
}
