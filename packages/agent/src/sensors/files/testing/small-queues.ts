import { readFileSync, writeFileSync } from 'node:fs';

const SETTING = '/proc/sys/fs/fanotify/max_queued_events';

/** Makes something while the kernel gives new groups queues of a few events; restored at once after. */
export async function withSmallQueues<T>(events: number, make: () => Promise<T>): Promise<T> {
  const before = readFileSync(SETTING, 'utf8');
  writeFileSync(SETTING, String(events));
  try {
    return await make();
  } finally {
    writeFileSync(SETTING, before);
  }
}
