import { LENDING_RULES, LENDING_TYPE, type Registry } from '@wardgrid/sync';

/** How a task goes on; of the last two it ends in one. */
export const PHASES = [['waiting'], ['begun'], ['done', 'failed']] as const;

/** Entity types with every merge rule there is; `gadget` is known to nobody, as from a newer version. */
export const registry: Registry = {
  policy: {
    isInherited: true,
    refPrefix: 'POL',
    fields: {
      name: { merge: 'lww' },
      level: { merge: 'lww' },
      body: { merge: 'document' },
      exceptions: { merge: 'set', removalWins: true },
      lock: { merge: 'lww', layerMax: 0 },
    },
  },
  device: {
    isInherited: false,
    naturalKey: 'hardware',
    refPrefix: 'DEV',
    fields: {
      alias: { merge: 'lww' },
      isolated: { merge: 'protective', protects: true },
      hits: { merge: 'counter' },
      seat: { merge: 'cloud-only' },
      hardware: { merge: 'once' },
      tags: { merge: 'set' },
      version: { merge: 'single-writer' },
    },
  },
  task: {
    isInherited: false,
    fields: {
      deviceId: { merge: 'lww', refersTo: 'device' },
      state: { merge: 'lww' },
      phase: { merge: 'state-machine', phases: PHASES },
      notes: { merge: 'append-only' },
    },
  },
  /** Where a tree is decided: who stands where. */
  controller: {
    isInherited: true,
    isPermanent: true,
    fields: { parent: { merge: 'cloud-only' }, scope: { merge: 'cloud-only' } },
  },
  [LENDING_TYPE]: LENDING_RULES,
  /** What nobody takes back. */
  record: { isInherited: false, isPermanent: true, fields: { notes: { merge: 'append-only' } } },
};
