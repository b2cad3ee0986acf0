import {
  groupRoutes,
  joinTokenRoutes,
  organizationRoutes,
  tenantRoutes,
  type Organization,
} from '@wardgrid/wire';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';
import { signInAt } from './arrival.ts';
import { voiceOf, type Voice } from './node-voice.ts';

/*
 * A local that hands on what its sub-local says to the cloud, and others who want that, too: a local of the
 * same tenant, and one of another.
 */

export interface RelayedSite {
  readonly cloud: TestController;
  /** Hands on. */
  readonly relay: TestController;
  readonly root: SignedIn;
  readonly organization: Organization;
  /** The relay itself, its sub-local, a local beside it, a local of another tenant. */
  readonly own: Voice;
  readonly child: Voice;
  readonly sibling: Voice;
  readonly foreign: Voice;
  readonly close: () => Promise<void>;
}

const TERMS = { seats: 50, validDays: 30, graceDays: 10, features: [] };

export async function startRelayedSite(): Promise<RelayedSite> {
  const cloud = await startTestController();
  const root = await cloud.setUp();
  const [organization] = (await root.call(organizationRoutes.list, { query: {} })).data as [
    Organization,
  ];
  const group = await root.call(groupRoutes.create, {
    body: { name: 'Lab', organizationId: organization.id },
  });
  const beside = await root.call(organizationRoutes.create, {
    body: { name: 'Beside', tenantId: organization.tenantId },
  });
  const other = await root.call(tenantRoutes.create, { body: { name: 'Other', licence: TERMS } });
  const { scope } = organization;
  const email = 'site@example.com';
  await cloud.addAccount(root, {
    email,
    name: 'Site',
    kind: 'admin',
    scope,
    reach: 'subtree',
    assignments: [{ role: 'owner', scope, effect: 'allow', expiresAt: null }],
  });
  const join = async (
    person: SignedIn,
    parent: TestController,
    [name, place]: readonly [name: string, scope: string],
  ) => {
    const { value: token } = await person.call(joinTokenRoutes.create, {
      body: { name, scope: place },
    });
    const role = parent === cloud ? 'local' : 'sub-local';
    return startTestController({
      config: { role, parent: parent.url, token, syncIntervalMs: 500 },
    });
  };
  const relay = await join(root, cloud, ['Relay', scope]);
  const admin = await signInAt(relay, email);
  const [child, sibling, foreign] = [
    await join(admin, relay, ['Child', group.scope]),
    await join(root, cloud, ['Sibling', beside.scope]),
    await join(root, cloud, ['Foreign', other.scope]),
  ];
  const voices = {
    own: voiceOf(relay),
    child: voiceOf(child),
    sibling: voiceOf(sibling),
    foreign: voiceOf(foreign),
  };
  // Their keys are somebody else's from here on.
  for (const controller of [child, sibling, foreign]) await controller.controller.close();
  return {
    cloud,
    relay,
    root,
    organization,
    ...voices,
    async close() {
      for (const one of [child, sibling, foreign, relay, cloud]) await one.close();
    },
  };
}
