import type { Clock } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { joinTokenRoutes, organizationRoutes, type Organization } from '@wardgrid/wire';
import {
  startTestController,
  type HarnessOptions,
  type SignedIn,
  type TestController,
} from '../harness.ts';
import { openGate, type Gate } from './gate.ts';

/** A cloud and one local controller below it that serves an organization, with a way in between. */
export interface Site {
  readonly cloud: TestController;
  readonly local: TestController;
  /** The way from the local to the cloud. */
  readonly gate: Gate;
  /** The Global Admin, at the cloud. */
  readonly root: SignedIn;
  /** The organization's admin, at the local. */
  readonly admin: SignedIn;
  readonly organization: Organization;
  readonly close: () => Promise<void>;
}

export const SITE_EMAIL = 'berlin@example.com';
/** Short ones, so that what depends on them is seen soon. */
const TIMERS = {
  syncIntervalMs: 500,
  failoverAfterMs: 1_500,
  probeIntervalMs: 500,
  dwellMs: 1_000,
};

/** Starts both; the options are those of one of them alone. */
export async function startSite(
  options: { readonly cloud?: HarnessOptions; readonly local?: HarnessOptions } = {},
): Promise<Site> {
  const gate = await openGate();
  const cloud = await startTestController({
    ...options.cloud,
    config: { publicUrl: gate.url, ...options.cloud?.config },
  });
  gate.leadTo(cloud.url);
  const root = await cloud.setUp();
  const { data } = await root.call(organizationRoutes.list, { query: {} });
  const organization = data[0] as Organization;
  const { scope } = organization;
  await cloud.addAccount(root, {
    email: SITE_EMAIL,
    name: 'Berlin',
    kind: 'admin',
    scope,
    reach: 'subtree',
    assignments: [{ role: 'owner', scope, effect: 'allow', expiresAt: null }],
  });
  const { value: token } = await root.call(joinTokenRoutes.create, {
    body: { name: 'Berlin', scope },
  });
  const local = await startTestController({
    ...options.local,
    config: { role: 'local', parent: gate.url, token, ...TIMERS, ...options.local?.config },
  });
  const admin = await signInWhenThere(local, SITE_EMAIL);
  return {
    cloud,
    local,
    gate,
    root,
    admin,
    organization,
    async close() {
      await local.close();
      await cloud.close();
      await gate.close();
    },
  };
}

/** Signs in as soon as the account has come. */
export async function signInWhenThere(
  controller: TestController,
  email: string,
): Promise<SignedIn> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await controller.signIn(email);
    } catch (error) {
      if (tries > 30) throw error;
      await systemClock.sleep(500, AbortSignal.timeout(10_000));
    }
  }
}

/** The machine's clock, shown wrong by so much; it can be set. */
export function createWrongClock(
  wrongByMs: number,
): Clock & { readonly set: (byMs: number) => void } {
  let byMs = wrongByMs;
  return {
    ...systemClock,
    now: () => systemClock.now() + byMs,
    set(next) {
      byMs = next;
    },
  };
}
