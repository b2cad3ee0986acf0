/**
 * The agent: the program on the endpoint. It knows its network and its machine, carries out signed
 * orders, and loses nothing that it has to tell. It owns the device's key and its data folder; it must
 * not trust what is not signed, nor do anything that no order and no setting of its tenant asks for.
 */
export { createAgent, type Agent, type AgentEnd, type AgentOptions } from './app.ts';
export { AgentError, type AgentErrorCode } from './errors.ts';
export { main } from './main.ts';
export {
  createHistogram,
  createHttpPool,
  createSimulation,
  SIMULATED_DEVICES_MAX,
  type Histogram,
  type HttpPool,
  type HttpPoolOptions,
  type Quantiles,
  type SimulatedDevice,
  type Simulation,
  type SimulationOptions,
  type StageReport,
} from './simulate/index.ts';
