import type { OnEvents } from '@wardgrid/agent/protect/parts';
import { createFileProtection } from '@wardgrid/agent/sensors/files/index';
import { createTelemetry } from '@wardgrid/agent/sensors/telemetry';
import { silentLog } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { DEFAULT_PROTECTION, type SensorHealth } from '@wardgrid/wire';

/** The sensors of a stage at work. */
export interface StageSensors {
  readonly health: () => readonly SensorHealth[];
  readonly stop: () => Promise<void>;
}

/**
 * Starts the sensors of the agent; those of files on the covered folders alone, which are nobody else's
 * and where nobody is held.
 */
export async function startSensors(
  covered: readonly string[],
  onEvents: OnEvents,
): Promise<StageSensors> {
  const options = { clock: systemClock, log: silentLog };
  const { sensors } = createTelemetry({ ...options, dataPath: '/srv' });
  const files = createFileProtection({
    ...options,
    mountPoints: covered,
    policy: { ...DEFAULT_PROTECTION, mode: 'detect' },
    content: { yara: [], hashes: [] },
    onEvents,
    onVerdict: (file) => file.close(),
  });
  for (const sensor of sensors) await sensor.start(onEvents);
  await files.start();
  return {
    health: () => [...sensors.map((sensor) => sensor.health()), ...files.health()],
    async stop() {
      await files.stop();
      for (const sensor of sensors) await sensor.stop();
    },
  };
}
