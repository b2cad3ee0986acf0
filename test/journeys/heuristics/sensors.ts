import type { OnEvents } from '@wardgrid/agent/protect/parts';
import { createNetworkSensor } from '@wardgrid/agent/sensors/network/index';
import { createProcessSensor } from '@wardgrid/agent/sensors/process/index';
import { silentLog } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import type { SensorHealth } from '@wardgrid/wire';

/** The sensors of a stage at work. */
export interface StageSensors {
  readonly health: () => readonly SensorHealth[];
  readonly stop: () => Promise<void>;
}

/** Starts the sensors of the agent. */
export async function startSensors(
  covered: readonly string[],
  onEvents: OnEvents,
): Promise<StageSensors> {
  const options = { clock: systemClock, log: silentLog };
  const processes = createProcessSensor(options);
  const network = createNetworkSensor({
    ...options,
    findProcess: (pid, startTicks) => processes.find(pid, startTicks),
  });
  const sensors = [processes, network];
  for (const sensor of sensors) await sensor.start(onEvents);
  return {
    health: () => sensors.map((sensor) => sensor.health()),
    async stop() {
      for (const sensor of sensors) await sensor.stop();
    },
  };
}
