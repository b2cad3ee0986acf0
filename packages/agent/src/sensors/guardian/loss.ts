import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How protection was lost. `ended`: the agent fell or was killed by somebody else. */
export interface SensorLoss {
  readonly reason: 'stopped' | 'stalled' | 'ended';
  /** The device's clock in epoch milliseconds, when the guardian saw it. */
  readonly at: number;
}

/** Where word is left, in the agent's folder. */
export const LOSS_FILE = 'protection-lost.json';

/** Leaves word for the agent that starts next. */
export function writeLoss(folder: string, loss: SensorLoss): void {
  const path = join(folder, LOSS_FILE);
  writeFileSync(`${path}.new`, JSON.stringify(loss), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
