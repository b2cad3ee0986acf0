import type { Registry } from '@wardgrid/sync';

/** Entity types with every merge rule there is; `gadget` is known to nobody, as from a newer version. */
export const registry: Registry = {
  policy: {
    isInherited: true,
    fields: {
      name: { merge: 'lww' },
      level: { merge: 'lww' },
      lock: { merge: 'lww', layerMax: 0 },
    },
  },
  device: {
    isInherited: false,
    naturalKey: 'hardware',
    fields: {
      alias: { merge: 'lww' },
      isolated: { merge: 'protective', protects: true },
      hits: { merge: 'counter' },
      seat: { merge: 'cloud-only' },
      hardware: { merge: 'once' },
    },
  },
  task: {
    isInherited: false,
    fields: { deviceId: { merge: 'lww', refersTo: 'device' }, state: { merge: 'lww' } },
  },
};
