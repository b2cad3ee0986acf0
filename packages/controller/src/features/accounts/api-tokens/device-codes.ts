import { randomInt } from 'node:crypto';
import type { DeviceCode } from '@wardgrid/wire';
import type * as z from 'zod';
import { networkOfClient } from '../../../platform/client-address.ts';
import type { Context, RequestContext } from '../../../platform/context.ts';
import { ControllerError } from '../../../platform/error.ts';
import { createRateLimiter } from '../../../platform/rate-limit.ts';
import type { Platform } from '../../../platform/services.ts';
import { permissionsOf, type Actors } from '../actors.ts';
import { createSecretText, hashOf } from '../opaque-token.ts';
import { requireSession } from '../sessions/own-account.ts';
import { deviceCodeRepository } from './repository.ts';
import type { ApiTokens, MadeToken } from './service.ts';

/** Time to walk to a browser (RFC 8628 section 3.2). */
const LIFE_MS = 600_000;
const INTERVAL_SECONDS = 5;
/** Codes that may wait at once. */
const WAITING_MAX = 5_000;
/** Codes a minute of one client network. */
const CREATED_PER_MINUTE = 10;
/** Codes a minute that one person may type: 20^8 codes cannot be guessed at this speed. */
const APPROVED_PER_MINUTE = 10;
/** Polls a minute of one client network: several programs at the asked interval. */
const POLLED_PER_MINUTE = 120;
/** A token made this way lives as long as the default of those made by hand. */
const TOKEN_DAYS = 90;
/** Consonants only: no digits to confuse, no words by accident (RFC 8628 section 6.1). */
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const HALF_LENGTH = 4;
const AUTH = { kind: 'auth' } as const;

/** Sign-in of programs that have no browser, in the manner of RFC 8628. */
export function createDeviceCodes(
  platform: Platform,
  parts: { readonly actors: Actors; readonly tokens: ApiTokens },
) {
  const creations = createRateLimiter(platform.clock, CREATED_PER_MINUTE);
  const approvals = createRateLimiter(platform.clock, APPROVED_PER_MINUTE);
  const polls = createRateLimiter(platform.clock, POLLED_PER_MINUTE);

  return {
    async create(
      context: RequestContext,
      clientName: string,
    ): Promise<z.output<typeof DeviceCode>> {
      creations.take(networkOfClient(context.address));
      const code = { deviceCode: createSecretText(), userCode: createUserCode() };
      await insertCode(platform, { ...code, clientName });
      return {
        ...code,
        verificationPath: `/device-code?code=${code.userCode}`,
        expiresInSeconds: LIFE_MS / 1_000,
        intervalSeconds: INTERVAL_SECONDS,
      };
    },
    async approve(context: Context, typed: string): Promise<{ clientName: string }> {
      requireSession(context);
      approvals.take(context.actor.accountId);
      const plain = typed.replaceAll('-', '');
      const userCode = `${plain.slice(0, HALF_LENGTH)}-${plain.slice(HALF_LENGTH)}`;
      const row = await platform.database.transact(AUTH, (tx) =>
        deviceCodeRepository(tx).approve(userCode, context.actor.accountId, platform.clock.now()),
      );
      if (!row) throw invalid();
      return { clientName: row.client_name };
    },
    async redeem(context: RequestContext, deviceCode: string): Promise<MadeToken> {
      polls.take(networkOfClient(context.address));
      const hash = hashOf(deviceCode);
      const accountId = await approverOf(platform, hash);
      const state = await parts.actors.stateOf(accountId);
      if (!state) throw invalid();
      const permissions = permissionsOf(state.actor, platform.clock.now());
      return platform.database.transact(AUTH, async (tx) => {
        const codes = deviceCodeRepository(tx);
        const row = await codes.lock(hash, platform.clock.now());
        if (row?.account_id !== accountId) throw invalid();
        await codes.delete(hash);
        const terms = { name: row.client_name, permissions, expiresInDays: TOKEN_DAYS };
        return parts.tokens.makeWithin(tx, accountId, terms);
      });
    },
  };
}

export type DeviceCodes = ReturnType<typeof createDeviceCodes>;

async function insertCode(
  platform: Platform,
  given: { readonly deviceCode: string; readonly userCode: string; readonly clientName: string },
): Promise<void> {
  const nowMs = platform.clock.now();
  await platform.database.transact(AUTH, async (tx) => {
    const codes = deviceCodeRepository(tx);
    await codes.purge(nowMs);
    if ((await codes.count()) >= WAITING_MAX)
      throw new ControllerError('rate-limited', 'too many programs wait for approval', {
        retryAfterSeconds: LIFE_MS / 1_000,
      });
    await codes.insert({
      device_code_hash: hashOf(given.deviceCode),
      user_code: given.userCode,
      client_name: given.clientName,
      expires_at: nowMs + LIFE_MS,
    });
  });
}

async function approverOf(platform: Platform, hash: string): Promise<string> {
  const row = await platform.database.transact(AUTH, (tx) =>
    deviceCodeRepository(tx).lock(hash, platform.clock.now()),
  );
  if (!row) throw invalid();
  if (row.account_id !== null) return row.account_id;
  throw new ControllerError('device-code-pending', 'nobody approved the code yet', {
    retryAfterSeconds: INTERVAL_SECONDS,
  });
}

function createUserCode(): string {
  const letters = Array.from(
    { length: 2 * HALF_LENGTH },
    () => ALPHABET[randomInt(ALPHABET.length)],
  ).join('');
  return `${letters.slice(0, HALF_LENGTH)}-${letters.slice(HALF_LENGTH)}`;
}

function invalid(): ControllerError {
  return new ControllerError('device-code-invalid', 'the code is wrong, used or has expired');
}
