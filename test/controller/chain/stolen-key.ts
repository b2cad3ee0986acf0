import { sql } from 'kysely';
import {
  decodeResponse,
  encodeResponse,
  type CarriedResponse,
} from '@wardgrid/controller/features/sync/exchange/messages';
import { signAnswer } from '@wardgrid/controller/features/sync/exchange/signing';
import type { Signer } from '@wardgrid/trust';
import {
  groupRoutes,
  joinTokenRoutes,
  organizationRoutes,
  SYNC_PATH,
  syncRoutes,
  type Group,
  type Organization,
} from '@wardgrid/wire';
import { expect } from 'vitest';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';
import { signInAt } from './arrival.ts';
import { startMiddle, type Meddling, type Middle, type PassingAnswer } from './middle.ts';

/* A cloud, a local whose key somebody has, and a sub-local below it: what the local says is changed on the
   way and signed anew. */

export const EMAIL = 'admin@example.com';
export const WITHIN = { timeout: 40_000, interval: 100 };
export const TIMERS = {
  syncIntervalMs: 600,
  failoverAfterMs: 3_000,
  probeIntervalMs: 300,
  dwellMs: 300,
};

/** Who has the key of a controller. */
interface Thief {
  readonly signer: Signer;
  readonly nodeId: string;
}

/** The controllers, those between them, and the people of each. */
export interface StolenKey {
  readonly cloud: TestController;
  readonly local: TestController;
  readonly subLocal: TestController;
  /** In front of the local, and in front of the cloud. */
  readonly below: Middle;
  readonly above: Middle;
  readonly root: SignedIn;
  readonly admin: SignedIn;
  readonly lab: SignedIn;
  /** What the sub-local serves. */
  readonly group: Group;
  readonly tenantId: string;
  readonly thief: Thief;
  /** Everybody is honest again, is believed again, and nothing was found yet. Within a test. */
  readonly calm: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startStolenKey(): Promise<StolenKey> {
  const below = await startMiddle();
  const above = await startMiddle();
  const cloud = await startTestController({
    config: { publicUrl: above.url, listen: above.listen },
  });
  const root = await cloud.setUp();
  const [organization] = (await root.call(organizationRoutes.list, { query: {} })).data as [
    Organization,
  ];
  const group = await root.call(groupRoutes.create, {
    body: { name: 'Lab', organizationId: organization.id },
  });
  for (const [email, scope] of [
    [EMAIL, organization.scope],
    [`lab-${EMAIL}`, group.scope],
  ] as const) {
    await cloud.addAccount(root, {
      email,
      name: 'Admin',
      kind: 'admin',
      scope,
      reach: 'subtree',
      assignments: [{ role: 'owner', scope, effect: 'allow', expiresAt: null }],
    });
  }
  const { value: token } = await root.call(joinTokenRoutes.create, {
    body: { name: 'Site', scope: organization.scope },
  });
  const { url: publicUrl, listen } = below;
  const local = await startTestController({
    config: { role: 'local', parent: above.url, token, publicUrl, listen, ...TIMERS },
  });
  const admin = await signInAt(local, EMAIL);
  const invitation = await admin.call(joinTokenRoutes.create, {
    body: { name: 'Lab', scope: group.scope },
  });
  const subLocal = await startTestController({
    config: { role: 'sub-local', parent: below.url, token: invitation.value, ...TIMERS },
  });
  const lab = await signInAt(subLocal, `lab-${EMAIL}`);
  const { keys, place } = local.controller.platform;
  const stateOfLab = async (): Promise<string | null> => (await lab.call(syncRoutes.status)).state;
  return {
    cloud,
    local,
    subLocal,
    below,
    above,
    root,
    admin,
    lab,
    group,
    tenantId: place.membership()?.tenantId ?? '',
    thief: { signer: keys.node, nodeId: keys.controllerId },
    async calm() {
      below.meddling = {};
      above.meddling = {};
      await expect.poll(stateOfLab, WITHIN).toBe('parent');
      // Who is ahead of the one above it is told nothing until that has caught up.
      const cursors = (): Promise<number[]> => Promise.all([cloud, local, subLocal].map(cursorOf));
      await expect.poll(async () => new Set(await cursors()).size, WITHIN).toBe(1);
      for (const controller of [cloud, local, subLocal]) await forgetFindings(controller);
    },
    async close() {
      for (const controller of [subLocal, local, cloud]) await controller.close();
      for (const middle of [below, above]) await middle[Symbol.asyncDispose]();
    },
  };
}

/** What a controller found of others. */
export async function findingsAt({ controller }: TestController): Promise<string[]> {
  const rows = await controller.platform.database.transact({ kind: 'sync' }, (tx) =>
    tx.rows(
      sql<{ rule: string }>`select distinct rule from finding where rule like 'controller-%'`,
    ),
  );
  return rows.map(({ rule }) => rule);
}

async function cursorOf({ controller }: TestController): Promise<number> {
  const row = await controller.platform.database.transact({ kind: 'sync' }, (tx) =>
    tx.row(sql<{ cursor: number }>`select cursor from sync_tenant`),
  );
  return row?.cursor ?? 0;
}

/** What was told in an earlier test is not taken for news. */
async function forgetFindings({ controller }: TestController): Promise<void> {
  await controller.platform.database.transact({ kind: 'sync' }, (tx) =>
    tx.run(sql`delete from finding where rule like 'controller-%'`),
  );
}

/** An answer, signed anew by the local's key. */
export function signedAnew(thief: Thief, answer: PassingAnswer, body: Buffer): PassingAnswer {
  const rid = /;nonce="([\w-]+)"/.exec(String(answer.asked.headers['signature-input']))?.[1] ?? '';
  const signed = signAnswer(thief, { status: answer.status, body }, { rid, nowMs: Date.now() });
  return { ...answer, body, headers: { ...answer.headers, ...signed } };
}

/** What becomes of an answer; undefined where there is nothing to change. */
export type Change = (carried: CarriedResponse) => CarriedResponse | undefined;

/** Changes what the local answers its sub-local, where `change` finds something to change. */
export function lyingAs(
  { thief, tenantId }: Pick<StolenKey, 'thief' | 'tenantId'>,
  change: Change,
): Meddling {
  return {
    async answer(answer) {
      if (answer.path !== SYNC_PATH || answer.status !== 200) return answer;
      const changed = change(await decodeResponse(answer.body, tenantId));
      return changed ? signedAnew(thief, answer, await encodeResponse(changed)) : answer;
    },
  };
}
