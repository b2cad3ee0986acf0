import { decodeBase64Url, messageOf } from '@wardgrid/base';
import { openLicence } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { ProblemError } from '@wardgrid/wire';
import { AgentError } from '../errors.ts';
import { createInbox } from '../jobs/inbox.ts';
import type { Enrolment, OrderIntake } from '../store/index.ts';
import { createAlarm, type Alarm } from './alarm.ts';
import { createControllers, type Controllers, type ControllersOptions } from './controllers.ts';
import { signerOf } from './device-key.ts';
import {
  createExchange,
  type Exchange,
  type ExchangeOutcome,
  type ReadProgress,
} from './exchange.ts';
import { isStranger } from './failover.ts';
import type { ReadHeartbeat } from './heartbeat.ts';
import { jitteredMs, retryMs, waitAfterMs } from './pace.ts';

/** Records that come together travel together; people watch a finding come, so not for long. */
const DEBOUNCE_MS = 20;
/** Between two exchanges, however much there is to tell: ten a second are the most of a storm. */
const GAP_MS = 100;
/** While a job runs, the console sees its progress this often. */
const BUSY_EXCHANGE_MS = 1_000;

/** What a connection needs. */
export interface ConnectionOptions extends ControllersOptions {
  readonly readHeartbeat: ReadHeartbeat;
  readonly readProgress: ReadProgress;
  readonly isBusy: () => boolean;
  readonly onOrders: (intake: OrderIntake) => void;
  readonly onSettings: () => void;
}

/** Why the talk with the controller is over. */
export type ConnectionEnd =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'retired' }
  | { readonly kind: 'forked'; readonly splitTicket: string };

/** An enrolled device's talk with its controller. */
export interface Connection {
  readonly controllers: Controllers;
  readonly exchange: Exchange;
  /** Exchanges until aborted, or until the controller ends it. */
  readonly run: (signal: AbortSignal, onReached: () => void) => Promise<ConnectionEnd>;
  /** One exchange; a session that ended early is renewed. @throws as `Exchange.run` does. */
  readonly exchangeOnce: (signal: AbortSignal) => Promise<ExchangeOutcome>;
  /** One exchange, repeated while either side has more; throws what `endOf` does not explain. */
  readonly once: (signal: AbortSignal) => Promise<ConnectionEnd>;
  /** A record waits: exchange soon. */
  readonly noticeRecord: () => void;
  /** The controller asks for an exchange at once. */
  readonly noticeCall: () => void;
}

/** The connection of an enrolment. @throws AgentError `data-unusable` when its licence is broken. */
export function createConnection(
  enrolment: Enrolment,
  seed: Uint8Array,
  options: ConnectionOptions,
): Connection {
  const { deviceId, tenantId } = enrolment;
  const { store, clock } = options;
  const tenantKey = tenantKeyOf(enrolment);
  const controllers = createControllers(enrolment, signerOf(seed), options);
  const inbox = createInbox({ store, clock, deviceId, tenantId, tenantKey });
  const exchange = createExchange({
    ...options,
    attachment: controllers.current,
    inbox,
    deviceId,
    tenantId,
    tenantKey,
  });
  const alarm = createAlarm(clock);
  const loop: Loop = { ...options, controllers, exchange, alarm };
  return {
    controllers,
    exchange,
    run: (signal, onReached) => exchangeUntilEnd(loop, signal, onReached),
    exchangeOnce: (signal) => exchangeRenewing(loop, signal),
    once: (signal) => exchangeWhileMore(loop, signal),
    noticeRecord: () => alarm.ring(DEBOUNCE_MS),
    noticeCall: () => alarm.ring(0),
  };
}

/** The tenant's key: from the licence, believed because the pinned platform key signed it. */
export function tenantKeyOf({ platformKey, licence, tenantId }: Enrolment): string {
  const opened = openLicence(systemCryptography, platformKey, licence);
  if (opened.kind === 'refused' || opened.value.tenantId !== tenantId) {
    throw new AgentError('data-unusable', 'the kept licence does not verify: enrol again');
  }
  decodeBase64Url(opened.value.tenantKey);
  return opened.value.tenantKey;
}

interface Loop extends ConnectionOptions {
  readonly controllers: Controllers;
  readonly exchange: Exchange;
  readonly alarm: Alarm;
}

async function exchangeUntilEnd(
  loop: Loop,
  signal: AbortSignal,
  onReached: () => void,
): Promise<ConnectionEnd> {
  const { alarm, clock, controllers } = loop;
  let failures = 0;
  while (!signal.aborted) {
    try {
      alarm.reset();
      const { nextExchangeMs, hasMore } = await exchangeRenewing(loop, signal);
      failures = 0;
      onReached();
      await controllers.succeeded(signal);
      await clock.sleep(GAP_MS, signal);
      if (!hasMore) await alarm.wait(waitMs(loop, nextExchangeMs) - GAP_MS, signal);
    } catch (error) {
      if (signal.aborted) break;
      const end = endOf(error);
      if (end) return end;
      if (controllers.failed(error)) {
        failures = 0;
        continue;
      }
      sayFailure(loop, error, failures);
      const pauseMs = waitAfterFailureMs(loop, error, failures);
      await clock.sleep(pauseMs, signal).catch(() => undefined);
      failures += 1;
    }
  }
  return { kind: 'stopped' };
}

/** Who is no longer known where it was asks around soon, and rests when nobody knows it. */
function waitAfterFailureMs(
  { controllers, random }: Loop,
  error: unknown,
  failures: number,
): number {
  const asksAround = isStranger(error) && controllers.isKnownElsewhere();
  return asksAround ? retryMs(failures, random) : waitAfterMs(error, failures, random);
}

function waitMs({ isBusy, random }: Loop, nextExchangeMs: number): number {
  const asked = jitteredMs(nextExchangeMs, random);
  return isBusy() ? Math.min(BUSY_EXCHANGE_MS, asked) : asked;
}

async function exchangeWhileMore(loop: Loop, signal: AbortSignal): Promise<ConnectionEnd> {
  try {
    while ((await exchangeRenewing(loop, signal)).hasMore) signal.throwIfAborted();
    return { kind: 'stopped' };
  } catch (error) {
    const end = endOf(error);
    if (end) return end;
    throw error;
  }
}

/** An exchange; a session that ended early is renewed once, at once. */
async function exchangeRenewing(loop: Loop, signal: AbortSignal) {
  try {
    return await loop.exchange.run(signal);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'device-session-invalid') throw error;
    loop.controllers.current().session.invalidate();
    return loop.exchange.run(signal);
  }
}

/** What the controller's answer ends, or undefined when the talk goes on. */
export function endOf(error: unknown): ConnectionEnd | undefined {
  if (!(error instanceof ProblemError)) return undefined;
  if (error.code === 'device-retired') return { kind: 'retired' };
  const splitTicket = error.problem.facts?.['splitTicket'];
  if (error.code !== 'device-forked' || typeof splitTicket !== 'string') return undefined;
  return { kind: 'forked', splitTicket };
}

/** Says the first failure of a row, and every change to a hopeless one. */
function sayFailure({ log }: Loop, error: unknown, failures: number): void {
  const code = error instanceof ProblemError ? error.code : 'unreachable';
  const reason = messageOf(error);
  if (code === 'protocol-unsupported') {
    log.error('this agent is too old for its controller: update it', { reason });
  } else if (failures === 0 && isStranger(error)) {
    log.warn('the controller does not know this device: it stays protected as it was', { reason });
  } else if (failures === 0) {
    log.warn('the controller was not reached', { code, reason });
  } else {
    log.debug('the controller was not reached', { code, reason, failures });
  }
}
