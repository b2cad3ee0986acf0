import { messageOf, type Clock, type Log, type Random } from '@wardgrid/base';
import { ProblemError, type Call, type MachineFacts } from '@wardgrid/wire';
import { AgentError } from '../errors.ts';
import type { AgentStore, Enrolment } from '../store/index.ts';
import { createSeed } from './device-key.ts';
import { enrolOnce } from './enrol.ts';
import { waitAfterMs } from './pace.ts';

/** What enrolling until it works needs. */
export interface EnrolmentOptions {
  readonly call: Call;
  readonly store: AgentStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly machine: () => Promise<MachineFacts>;
  readonly agentVersion: string;
  readonly controllerUrl: string;
  readonly enrolmentKey: string | null;
  readonly serverTime: () => number | undefined;
  /** False to give up at the first failure. */
  readonly isPatient: boolean;
}

/** How soon a disk that refused the key is tried again. */
const DISK_RETRY_MS = 30_000;
/** The device's clock is believed when it is this near to the controller's. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * The enrolment of this device: the one it has, or a new one. A controller that cannot be reached is
 * asked again until aborted. @throws AgentError `not-enrolled` without a key to enrol with,
 * `enrolment-refused` when the controller says that the key is no good.
 */
export async function ensureEnrolled(
  options: EnrolmentOptions,
  signal: AbortSignal,
): Promise<Enrolment> {
  const known = options.store.identity()?.enrolment;
  if (known) return known;
  const machine = await options.machine();
  await keepKey(options, signal);
  for (let failures = 0; ; failures += 1) {
    signal.throwIfAborted();
    try {
      const { enrolment } = await enrolOnce({
        ...options,
        machine,
        nowMs: statedTime(options),
        signal,
      });
      await keepEnrolment(options, enrolment, signal);
      options.log.info('enrolled', { deviceId: enrolment.deviceId, tenantId: enrolment.tenantId });
      return enrolment;
    } catch (error) {
      signal.throwIfAborted();
      if (dropSpentTicket(options, error)) continue;
      failIfFinal(options, error);
      if (failures === 0) options.log.warn('not enrolled yet', { reason: messageOf(error) });
      await options.clock.sleep(waitAfterMs(error, failures, options.random), signal);
    }
  }
}

/** The device key, on disk before anything is sent: a lost reply must not make a second device. */
async function keepKey(options: EnrolmentOptions, signal: AbortSignal): Promise<void> {
  const { store, clock, random } = options;
  const known = store.identity();
  if (!known && options.enrolmentKey === null) {
    throw new AgentError('not-enrolled', 'this device is not enrolled: give --enrolment-key');
  }
  if (known && known.splitTicket === null && options.enrolmentKey === null) {
    throw new AgentError('not-enrolled', 'the enrolment never ended: give --enrolment-key again');
  }
  if (known) return;
  const identity = { seed: createSeed(random), splitTicket: null, enrolment: null };
  while (!store.saveIdentity(identity)) await clock.sleep(DISK_RETRY_MS, signal);
}

async function keepEnrolment(
  { store, clock }: EnrolmentOptions,
  enrolment: Enrolment,
  signal: AbortSignal,
): Promise<void> {
  const identity = store.identity();
  if (!identity) throw new AgentError('data-unusable', 'the device key is gone');
  const next = { seed: identity.seed, splitTicket: null, enrolment };
  while (!store.saveIdentity(next)) await clock.sleep(DISK_RETRY_MS, signal);
}

/** The time to state: the controller's own where this device's clock is clearly wrong. */
function statedTime({ clock, serverTime }: EnrolmentOptions): number {
  const known = serverTime();
  const isWrong = known !== undefined && Math.abs(known - clock.now()) > CLOCK_TOLERANCE_MS;
  return isWrong ? known : clock.now();
}

/** A split ticket is good for minutes; where it came too late, an enrolment key does as well. */
function dropSpentTicket({ store, enrolmentKey }: EnrolmentOptions, error: unknown): boolean {
  const identity = store.identity();
  if (!identity || identity.splitTicket === null || enrolmentKey === null) return false;
  if (!(error instanceof ProblemError) || !error.code.startsWith('enrolment-key-')) return false;
  return store.saveIdentity({ ...identity, splitTicket: null });
}

function failIfFinal(options: EnrolmentOptions, error: unknown): void {
  if (error instanceof AgentError && error.code === 'reply-invalid') throw error;
  if (error instanceof ProblemError && isRefusal(options, error)) {
    throw new AgentError('enrolment-refused', refusalText(error), {
      cause: error,
      facts: { code: error.code },
    });
  }
  if (!options.isPatient) throw error;
}

/** A proof is refused for a wrong clock as well: then the next attempt states the right time. */
function isRefusal({ clock, serverTime }: EnrolmentOptions, error: ProblemError): boolean {
  if (error.code !== 'enrolment-proof-invalid') return error.code.startsWith('enrolment-');
  return Math.abs((serverTime() ?? clock.now()) - clock.now()) <= CLOCK_TOLERANCE_MS;
}

function refusalText({ code, message }: ProblemError): string {
  return `the controller refused the enrolment: ${message} (${code})`;
}
