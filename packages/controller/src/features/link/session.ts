import type { Clock } from '@wardgrid/base';
import { verifyStatement } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import type { DeviceSession, DeviceSessionRequest } from '@wardgrid/wire';
import { ControllerError } from '../../platform/error.ts';
import type { DeviceIdentity } from '../devices/index.ts';
import type { DeviceTokens } from './token.ts';

/** How wrong a device's clock may be when it proves itself; our replies tell it the time. */
const CLOCK_TOLERANCE_MS = 10 * 60_000;
/** A session is renewed hourly: a stolen token ends then. */
const SESSION_MS = 3_600_000;
/** Nonces remembered while their assertion is in time: 100,000 devices renew 34,000 times in 20 minutes. */
const NONCES_MAX = 200_000;

export interface SessionDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly controllerId: string;
  readonly tokens: DeviceTokens;
  readonly identityOf: (deviceId: string) => Promise<DeviceIdentity | undefined>;
}

/** Opens sessions for devices that prove their key. */
export function createSessions(
  deps: SessionDeps,
): (request: DeviceSessionRequest) => Promise<DeviceSession> {
  const nonces = new Map<string, number>();

  /** False when the same assertion came before. Entries leave in the order they came. */
  function isFirst(name: string, nowMs: number): boolean {
    for (const [known, expiresAt] of nonces) {
      if (expiresAt > nowMs && nonces.size < NONCES_MAX) break;
      nonces.delete(known);
    }
    if (nonces.has(name)) return false;
    nonces.set(name, nowMs + 2 * CLOCK_TOLERANCE_MS);
    return true;
  }

  return async ({ proof, ...statement }) => {
    const nowMs = deps.clock.now();
    if (statement.controllerId !== deps.controllerId) throw refused('it is for another controller');
    if (Math.abs(statement.issuedAt - nowMs) > CLOCK_TOLERANCE_MS) {
      throw refused('the clocks are too far apart; state the time of the Date header');
    }
    const identity = await deps.identityOf(statement.deviceId);
    // The same words, so that nobody without a key learns which devices there are.
    if (!identity) throw refused('the proof does not hold');
    const given = { publicKey: identity.publicKey, signature: proof, statement };
    if (!verifyStatement(systemCryptography, 'session', given)) {
      throw refused('the proof does not hold');
    }
    if (identity.state === 'retired') {
      throw new ControllerError('device-retired', 'the device was retired');
    }
    if (!isFirst(`${statement.deviceId} ${statement.nonce}`, nowMs)) throw refused('said before');
    const expiresAt = nowMs + SESSION_MS;
    const { deviceId } = statement;
    const token = deps.tokens.issue({ deviceId, tenantId: identity.tenantId, expiresAt });
    return { token, expiresAt, serverTime: nowMs };
  };
}

function refused(detail: string): ControllerError {
  return new ControllerError('device-assertion-invalid', detail);
}
