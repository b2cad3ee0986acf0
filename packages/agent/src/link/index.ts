/**
 * The talk with the controller: enrolment, session, exchange, live connection, and the pace of them. It
 * owns the device's side of the protocol and nothing that it carries: records come from the store,
 * orders go to the inbox, and what they mean is decided elsewhere.
 */
export {
  createConnection,
  endOf,
  tenantKeyOf,
  type Connection,
  type ConnectionEnd,
} from './connection.ts';
export { type Controllers, type Line, type OpenLine } from './controllers.ts';
export { createSeed, signerOf } from './device-key.ts';
export { ensureEnrolled } from './enrolment.ts';
export { enrolOnce } from './enrol.ts';
export { type FailoverTimes } from './failover.ts';
export { parseEnrolmentKey, type EnrolmentKey } from './enrolment-key.ts';
export { DEVICE_HEADER, type Exchange, type ExchangeOutcome } from './exchange.ts';
export type { HeartbeatSource, ReadHeartbeat } from './heartbeat.ts';
export { createHttpTransport, packBody, type HttpTransport } from './http-transport.ts';
export { keepLive } from './live.ts';
export { jitteredMs, waitAfterMs } from './pace.ts';
export { refuseInsecure, trustController } from './controller-trust.ts';
export { fetchCa, removePinnedCa } from './trust-anchor.ts';
