import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { LOSS_FILE, type SensorLoss } from './loss.ts';

const Loss = z.strictObject({
  reason: z.enum(['stopped', 'stalled', 'ended']),
  at: z.int().min(0),
});
/** What the guardian writes is shorter; more was not written by it. */
const FILE_BYTES_MAX = 1_024;

/** Takes the word that was left, once. Null when there is none or it cannot be understood. */
export function takeLoss(folder: string): SensorLoss | null {
  const path = join(folder, LOSS_FILE);
  try {
    const text = readFileSync(path, 'utf8');
    rmSync(path);
    if (text.length > FILE_BYTES_MAX) return null;
    return Loss.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
