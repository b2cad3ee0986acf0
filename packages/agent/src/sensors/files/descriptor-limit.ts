import { readFileSync } from 'node:fs';

/** Descriptors that the rest of the agent and the other rings may need. */
const RESERVED = 4_096;
const HELD_MIN = 256;

/**
 * How many events may be open at a time. The kernel refuses whoever it has no descriptor for, so the
 * sensor stops taking events before that.
 */
export function descriptorLimit(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const [, soft = ''] = /^Max open files\s+(\S+)/m.exec(limits) ?? [];
  const limit = soft === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(soft);
  return Math.max(HELD_MIN, limit - RESERVED);
}
