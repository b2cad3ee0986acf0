/**
 * The simulator: thousands of devices in one process with the agent's own link, store, inbox and
 * runner, on machines that are made up. It owns the schedule, the connection pool and the measuring;
 * it must not have a second way to speak to a controller, nor report anything as real: every simulated
 * host says so by its name.
 */
export { createSimulation, SIMULATED_DEVICES_MAX } from './simulation.ts';
export type { Simulation, SimulationOptions } from './simulation.ts';
export { createHistogram, type Histogram, type Quantiles } from '../histogram.ts';
export { createHttpPool, type HttpPool, type HttpPoolOptions } from './http-pool.ts';
export type { SimulatedDevice } from './device.ts';
export type { StageReport } from './stage.ts';
