import type { Context } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import type { Proofs } from '../proof.ts';
import { credentialRepository } from '../repository.ts';
import { createBackupCodes, createTotp, totpStepOf } from '../second-factor.ts';
import type { IssuedSession } from './opener.ts';
import { requireSession, type OwnAccount } from './own-account.ts';
import { sessionRepository } from './repository.ts';

interface FactorParts {
  readonly own: OwnAccount;
  readonly proofs: Proofs;
}

/** The own second factor: offered, confirmed by a code, removed by password and code. */
export function createOwnFactor(platform: Platform, parts: FactorParts) {
  const { own, proofs } = parts;

  return {
    async beginTotp(context: Context, password: string): Promise<{ secret: string; uri: string }> {
      const { accountId, email } = context.actor;
      requireSession(context);
      const credential = await own.requirePassword(context, password);
      if (credential.totp_sealed !== null)
        throw new ControllerError('conflict', 'there is a second factor already; remove it first');
      const totp = createTotp(email);
      await platform.database.transact({ kind: 'auth' }, async (tx) => {
        await proofs.forgivePassword(tx, email);
        const sealed = proofs.sealTotp(accountId, totp.secret);
        await credentialRepository(tx).setPendingTotp(accountId, sealed);
      });
      return totp;
    },
    async confirmTotp(
      context: Context,
      code: string,
    ): Promise<{ backupCodes: string[]; issued: IssuedSession }> {
      requireSession(context);
      await proofs.reserveCode(context.actor.accountId);
      const backupCodes = createBackupCodes();
      const nowMs = platform.clock.now();
      const given = { context, nowMs, code, backupCodes };
      await own.change(context, (tx) => confirm(tx, parts, given));
      return { backupCodes, issued: await own.renew(context) };
    },
    async removeTotp(
      context: Context,
      given: { readonly password: string; readonly code: string },
    ): Promise<IssuedSession> {
      const { accountId, email } = context.actor;
      requireSession(context);
      const credential = await own.requirePassword(context, given.password);
      await proofs.reserveCode(accountId);
      await own.change(context, async (tx) => {
        const proof = await proofs.takeCode(tx, credential, given.code);
        if (proof.kind === 'wrong') throw wrongCode();
        await credentialRepository(tx).removeTotp(accountId);
        await proofs.forgivePassword(tx, email);
        await proofs.forgiveCode(tx, accountId);
        await own.endOthers(tx, context, 'second-factor-removed');
      });
      return own.renew(context);
    },
  };
}

/** Makes the offered secret the account's, once a code of it was right. */
async function confirm(
  tx: Transaction,
  { own, proofs }: FactorParts,
  given: {
    readonly context: Context;
    readonly nowMs: number;
    readonly code: string;
    readonly backupCodes: readonly string[];
  },
): Promise<void> {
  const { context, nowMs } = given;
  const { accountId } = context.actor;
  const credentials = credentialRepository(tx);
  const sealed = (await credentials.find(accountId))?.totp_pending_sealed ?? null;
  if (sealed === null) throw wrongCode();
  const secret = proofs.openTotp(accountId, sealed);
  const step = totpStepOf(given.code, { secret, lastStep: 0, nowMs });
  if (step === undefined) throw wrongCode();
  const backupHashes = proofs.backupHashes(given.backupCodes);
  await credentials.setTotp(accountId, { sealed, step, backupHashes });
  await proofs.forgiveCode(tx, accountId);
  await sessionRepository(tx).addMethod(requireSession(context), 'totp');
  await own.endOthers(tx, context, 'second-factor-added');
}

export type OwnFactor = ReturnType<typeof createOwnFactor>;

function wrongCode(): ControllerError {
  return new ControllerError('account-totp-invalid', 'the code is wrong or was used already');
}
