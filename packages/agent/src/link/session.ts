import { encodeBase64Url, type Clock, type Random } from '@wardgrid/base';
import { signStatement, type Signer } from '@wardgrid/trust';
import { linkRoutes, ProblemError, type Call } from '@wardgrid/wire';

/** A session is renewed after this share of its life, so that no exchange meets its end. */
const LIFE_SHARE = 0.8;

/** The device's session with the controller. */
export interface DeviceSession {
  /** A token that is good now; asks for one when there is none. */
  readonly token: (signal: AbortSignal) => Promise<string>;
  /** Forgets the token: the controller no longer takes it. */
  readonly invalidate: () => void;
}

/** What a session needs. */
export interface SessionOptions {
  readonly call: Call;
  readonly clock: Clock;
  readonly random: Pick<Random, 'bytes'>;
  readonly signer: Signer;
  readonly deviceId: string;
  readonly controllerId: string;
  /** The controller's time as its last reply said it; undefined before the first. */
  readonly serverTime: () => number | undefined;
}

/**
 * Proves the device key once and uses the token until it nears its end. A device with a wrong clock
 * is refused at first; it then states the controller's own time.
 */
export function createDeviceSession(options: SessionOptions): DeviceSession {
  const { clock } = options;
  let current: { readonly token: string; readonly renewAtMs: number } | undefined;
  let pending: Promise<string> | undefined;

  async function renew(signal: AbortSignal): Promise<string> {
    const reply = await assertWithGoodTime(options, signal);
    const lifeMs = Math.max(0, reply.expiresAt - reply.serverTime);
    // The device's own running time: neither side's clock has to be right.
    current = { token: reply.token, renewAtMs: clock.monotonic() + lifeMs * LIFE_SHARE };
    return reply.token;
  }

  return {
    token(signal) {
      if (current && clock.monotonic() < current.renewAtMs) return Promise.resolve(current.token);
      pending ??= renew(signal).finally(() => void (pending = undefined));
      return pending;
    },
    invalidate: () => void (current = undefined),
  };
}

async function assertWithGoodTime(options: SessionOptions, signal: AbortSignal) {
  try {
    return await assertOnce(options, options.clock.now(), signal);
  } catch (error) {
    const serverTime = options.serverTime();
    const isClockSuspect =
      error instanceof ProblemError && error.code === 'device-assertion-invalid';
    if (!isClockSuspect || serverTime === undefined) throw error;
    return assertOnce(options, serverTime, signal);
  }
}

function assertOnce(options: SessionOptions, issuedAt: number, signal: AbortSignal) {
  const { deviceId, controllerId, signer } = options;
  const nonce = encodeBase64Url(options.random.bytes(16));
  const statement = { deviceId, controllerId, issuedAt, nonce };
  const proof = signStatement(signer, 'session', statement);
  return options.call(linkRoutes.session, { body: { ...statement, proof }, signal });
}
