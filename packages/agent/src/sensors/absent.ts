import type { SensorName } from '@wardgrid/wire';
import type { Sensor } from '../protect/parts.ts';

/** A sensor that cannot work on this machine and says why. */
export function createAbsentSensor(name: SensorName, reason: string): Sensor {
  return {
    name,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    health: () => ({
      name,
      state: 'off',
      source: 'none',
      reason: reason.slice(0, 300),
      events: 0,
      dropped: 0,
      p50Us: null,
      p99Us: null,
      blindMs: 0,
      blindSpots: [],
    }),
  };
}
