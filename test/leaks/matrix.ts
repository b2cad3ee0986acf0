import type { Node, Thing } from './things.ts';

/** A request's changing part: what stands in the path, and what is sent. */
export interface Asked {
  readonly id: string;
  /** The thing that `id` names; for an id that names nothing, some thing of the noun. */
  readonly thing: Thing;
}

/** How a route is tried for leaks. */
export type Entry =
  /** Answers a page of things: exactly those that the oracle gives. */
  | { readonly kind: 'list'; readonly noun: string }
  /** Is about one thing, named in the path or in the body. */
  | {
      readonly kind: 'item';
      readonly noun: string;
      readonly body?: (asked: Asked) => unknown;
      /** Ends the thing: each try that is allowed gets a thing of its own. */
      readonly isEnding?: boolean;
      /** Where it is not tried by those who may, since it would change the cast. */
      readonly isSparing?: readonly string[];
      /** Further segments of the path. */
      readonly parameters?: Readonly<Record<string, string>>;
    }
  /** Names a thing in which another is made. */
  | {
      readonly kind: 'inside';
      readonly noun: string;
      readonly bodies: readonly ((asked: Asked) => unknown)[];
      /** What is made is a node of its own, a level deeper. */
      readonly isNode?: boolean;
    }
  /** Acts on the own session, tokens or views; ids of others are tried by a test of its own. */
  | { readonly kind: 'own' }
  /** Needs a permission that only the platform has, and is about nothing of a tenant. */
  | { readonly kind: 'platform'; readonly body?: unknown }
  /** Is open to anyone; what it may tell apart is tried by a test of its own. */
  | { readonly kind: 'open' }
  /** Is for devices alone. */
  | { readonly kind: 'device' }
  /** Is tried by a test of its own, which this names. */
  | { readonly kind: 'special'; readonly test: string };

let count = 0;
function newName(): string {
  count += 1;
  return `new ${count}`;
}

function nodeOf({ thing }: Asked): Node {
  return thing.node;
}

const HASH_LIST = {
  format: 'hashes',
  licence: 'ours',
  files: [{ name: 'list.txt', text: 'd'.repeat(64) }],
};
const NO_CHANGE = (): unknown => ({});
const INVENTORY = { kind: 'inventory', sections: ['users'] };
const SOME_ID = '01900000-0000-7000-8000-000000000000';

/** Every route of the contract. A route without an entry fails the test. */
export const MATRIX: Readonly<Record<string, Entry>> = {
  'setup.read': { kind: 'open' },
  'setup.create': { kind: 'open' },

  'sessions.create': { kind: 'open' },
  'sessions.refresh': { kind: 'open' },
  'sessions.current': { kind: 'own' },
  'sessions.signOut': { kind: 'own' },
  'sessions.list': { kind: 'own' },
  'sessions.revoke': { kind: 'own' },
  'sessions.changePassword': { kind: 'own' },
  'sessions.beginTotp': { kind: 'own' },
  'sessions.confirmTotp': { kind: 'own' },
  'sessions.removeTotp': { kind: 'own' },
  'api-tokens.list': { kind: 'own' },
  'api-tokens.create': { kind: 'own' },
  'api-tokens.revoke': { kind: 'own' },
  'device-codes.create': { kind: 'open' },
  'device-codes.approve': { kind: 'own' },
  'device-codes.redeem': { kind: 'open' },

  'tenants.list': { kind: 'list', noun: 'tenants' },
  'tenants.create': {
    kind: 'platform',
    body: { name: 'x', licence: { seats: 1, validDays: 1 } },
  },
  'tenants.read': { kind: 'item', noun: 'tenants' },
  'tenants.update': { kind: 'item', noun: 'tenants', body: NO_CHANGE },
  'tenants.delete': { kind: 'item', noun: 'tenants' },
  'licences.read': { kind: 'item', noun: 'tenants' },
  'licences.inForce': { kind: 'special', test: 'the licence in force is told to who may know it' },
  'licences.install': { kind: 'special', test: 'the licence in force is told to who may know it' },
  'licences.issue': {
    kind: 'item',
    noun: 'tenants',
    body: () => ({ seats: 1_000, validDays: 300 }),
    // Its licence has to stay expired.
    isSparing: ['E'],
  },

  'organizations.list': { kind: 'list', noun: 'organizations' },
  'organizations.create': {
    kind: 'inside',
    noun: 'tenants',
    bodies: [({ id }) => ({ name: newName(), tenantId: id })],
    isNode: true,
  },
  'organizations.read': { kind: 'item', noun: 'organizations' },
  'organizations.update': {
    kind: 'item',
    noun: 'organizations',
    body: (asked) => ({ name: nodeOf(asked).place.split('/').at(-1) }),
  },
  'organizations.delete': { kind: 'item', noun: 'organizations' },

  'groups.list': { kind: 'list', noun: 'groups' },
  'groups.create': {
    kind: 'inside',
    noun: 'groups',
    bodies: [
      (asked) => ({
        name: newName(),
        organizationId: nodeOf(asked).organizationId,
        parentId: asked.id,
      }),
    ],
    isNode: true,
  },
  'groups.read': { kind: 'item', noun: 'groups' },
  'groups.update': { kind: 'item', noun: 'groups', body: NO_CHANGE },
  'groups.delete': { kind: 'item', noun: 'groups' },

  'devices.list': { kind: 'list', noun: 'devices' },
  'devices.read': { kind: 'item', noun: 'devices' },
  'devices.update': { kind: 'item', noun: 'devices', body: NO_CHANGE },
  'devices.delete': { kind: 'item', noun: 'devices', isEnding: true },
  'devices.protection': { kind: 'item', noun: 'devices' },
  'devices.inventory': { kind: 'item', noun: 'devices', parameters: { section: 'users' } },
  'devices.bulkUpdate': { kind: 'special', test: 'bulk actions reach what their maker reaches' },

  'enrolment-keys.list': { kind: 'list', noun: 'enrolment-keys' },
  'enrolment-keys.create': {
    kind: 'inside',
    noun: 'organizations',
    bodies: [({ id }) => ({ name: newName(), organizationId: id })],
  },
  'enrolment-keys.read': { kind: 'item', noun: 'enrolment-keys' },
  'enrolment-keys.revoke': { kind: 'item', noun: 'enrolment-keys', isEnding: true },

  'accounts.list': { kind: 'list', noun: 'accounts' },
  'accounts.create': { kind: 'special', test: 'nobody invites into a place they do not reach' },
  'accounts.read': { kind: 'item', noun: 'accounts' },
  'accounts.update': { kind: 'item', noun: 'accounts', body: NO_CHANGE },
  'accounts.delete': { kind: 'item', noun: 'accounts', isEnding: true },
  'accounts.invite': { kind: 'item', noun: 'accounts', isEnding: true },
  'accounts.accept': { kind: 'open' },

  'controllers.list': { kind: 'list', noun: 'controllers' },
  'controllers.read': { kind: 'item', noun: 'controllers' },
  'controllers.update': { kind: 'item', noun: 'controllers', body: NO_CHANGE },
  'controllers.revoke': { kind: 'item', noun: 'controllers', isEnding: true },
  'controllers.join': { kind: 'open' },
  'controllers.certificate': { kind: 'open' },
  'sync.status': { kind: 'special', test: 'the state of the chain is told to who may know it' },
  'sync.view': { kind: 'special', test: 'the state of the chain is told to who may know it' },
  'sync.pending': { kind: 'special', test: 'the state of the chain is told to who may know it' },
  'sync.now': { kind: 'special', test: 'the state of the chain is told to who may know it' },
  'sync.conflicts': { kind: 'list', noun: 'conflicts' },
  'sync.conflict': { kind: 'item', noun: 'conflicts' },
  'sync.reapply': { kind: 'item', noun: 'conflicts', body: NO_CHANGE },
  'sync.dismiss': { kind: 'item', noun: 'conflicts', isEnding: true },
  'sync.ids': { kind: 'list', noun: 'references' },
  'join-tokens.list': { kind: 'list', noun: 'join-tokens' },
  'join-tokens.create': {
    kind: 'inside',
    noun: 'organizations',
    bodies: [(asked) => ({ name: newName(), scope: nodeOf(asked).scope })],
  },
  'join-tokens.revoke': { kind: 'item', noun: 'join-tokens', isEnding: true },
  'join-candidates.list': { kind: 'list', noun: 'join-candidates' },
  'join-candidates.read': { kind: 'item', noun: 'join-candidates' },
  'join-candidates.approve': {
    kind: 'item',
    noun: 'join-candidates',
    body: (asked) => ({ scope: nodeOf(asked).scope }),
    isEnding: true,
  },
  'join-candidates.deny': { kind: 'item', noun: 'join-candidates', isEnding: true },
  'join-candidates.introduce': { kind: 'open' },
  'join-candidates.ask': { kind: 'open' },

  'blocked-addresses.list': { kind: 'platform' },
  'blocked-addresses.create': {
    kind: 'platform',
    body: { cidr: '203.0.113.7/32', reason: 'test' },
  },
  'blocked-addresses.delete': { kind: 'platform' },

  'jobs.list': { kind: 'list', noun: 'jobs' },
  'jobs.create': {
    kind: 'inside',
    noun: 'devices',
    bodies: [({ id }) => ({ deviceId: id, task: INVENTORY })],
  },
  'jobs.createMany': { kind: 'special', test: 'bulk actions reach what their maker reaches' },
  'jobs.read': { kind: 'item', noun: 'jobs' },
  'jobs.cancel': { kind: 'item', noun: 'jobs', isEnding: true },

  'networks.list': { kind: 'list', noun: 'networks' },
  'networks.read': { kind: 'item', noun: 'networks' },
  'networks.update': { kind: 'item', noun: 'networks', body: NO_CHANGE },

  'assets.list': { kind: 'list', noun: 'assets' },
  'assets.read': { kind: 'item', noun: 'assets' },
  'assets.update': { kind: 'item', noun: 'assets', body: NO_CHANGE },

  'findings.list': { kind: 'list', noun: 'findings' },
  'findings.read': { kind: 'item', noun: 'findings' },
  'findings.detail': { kind: 'item', noun: 'findings' },
  'findings.update': { kind: 'item', noun: 'findings', body: NO_CHANGE },

  'incidents.list': { kind: 'list', noun: 'incidents' },
  'incidents.read': { kind: 'item', noun: 'incidents' },
  'incidents.update': {
    kind: 'item',
    noun: 'incidents',
    body: () => ({ state: 'acknowledged' }),
    isEnding: true,
  },

  'policies.list': { kind: 'list', noun: 'policies' },
  'policies.create': {
    kind: 'inside',
    noun: 'devices',
    bodies: [({ id }) => ({ name: newName(), target: { kind: 'device', id }, fields: {} })],
  },
  'policies.read': { kind: 'item', noun: 'policies' },
  'policies.update': { kind: 'item', noun: 'policies', body: NO_CHANGE },
  'policies.delete': { kind: 'item', noun: 'policies', isEnding: true },
  'policies.versions': { kind: 'item', noun: 'policies' },
  'policies.rollOut': { kind: 'item', noun: 'policies', body: () => ({ percent: 50 }) },
  'policies.ring': { kind: 'item', noun: 'policies' },
  'policies.preview': {
    kind: 'inside',
    noun: 'organizations',
    bodies: [({ id }) => ({ target: { kind: 'organization', id }, fields: { mode: 'off' } })],
  },
  'policies.effective': { kind: 'item', noun: 'devices' },

  'rules.list': { kind: 'list', noun: 'rules' },
  'rules.read': { kind: 'item', noun: 'rules' },
  'rule-sets.list': { kind: 'list', noun: 'rule-sets' },
  'rule-sets.create': {
    kind: 'inside',
    noun: 'tenants',
    bodies: [({ id }) => ({ name: newName(), tenantId: id, ...HASH_LIST })],
  },
  'rule-sets.read': { kind: 'item', noun: 'rule-sets' },
  'rule-sets.update': { kind: 'item', noun: 'rule-sets', body: NO_CHANGE },
  'rule-sets.delete': { kind: 'item', noun: 'rule-sets', isEnding: true },
  'rule-switches.list': { kind: 'list', noun: 'rule-switches' },
  'rule-switches.set': {
    kind: 'inside',
    noun: 'organizations',
    bodies: [
      ({ id }) => ({
        target: { kind: 'organization', id },
        ruleId: newName(),
        setting: 'off',
        reason: 'ours',
      }),
    ],
  },
  'rule-switches.delete': { kind: 'item', noun: 'rule-switches', isEnding: true },
  'rule-exceptions.list': { kind: 'list', noun: 'rule-exceptions' },
  'rule-exceptions.create': {
    kind: 'inside',
    noun: 'organizations',
    bodies: [
      ({ id }) => ({
        target: { kind: 'organization', id },
        ruleId: null,
        selection: { Image: '/bin/ours' },
        reason: 'ours',
        expiresAt: null,
      }),
    ],
  },
  'rule-exceptions.read': { kind: 'item', noun: 'rule-exceptions' },
  'rule-exceptions.delete': { kind: 'item', noun: 'rule-exceptions', isEnding: true },
  'rule-exceptions.trial': {
    kind: 'inside',
    noun: 'organizations',
    bodies: [
      ({ id }) => ({
        target: { kind: 'organization', id },
        ruleId: null,
        selection: { Image: '/bin/ours' },
      }),
    ],
  },

  'quarantine.list': { kind: 'list', noun: 'quarantine' },
  'quarantine.read': { kind: 'item', noun: 'quarantine' },
  'quarantine.restore': {
    kind: 'item',
    noun: 'quarantine',
    body: () => ({ reason: 'ours', isConfirmed: true }),
  },
  'quarantine.purge': {
    kind: 'item',
    noun: 'quarantine',
    body: () => ({ reason: 'bad', isConfirmed: true }),
  },
  'events.list': { kind: 'item', noun: 'devices' },

  'link.enrol': { kind: 'open' },
  'link.session': { kind: 'open' },
  'link.exchange': { kind: 'device' },
  'link.content': { kind: 'device' },

  'platform.health': { kind: 'platform' },
  'platform.overview': { kind: 'special', test: 'an overview counts what its reader reaches' },

  'saved-views.list': { kind: 'own' },
  'saved-views.create': { kind: 'own' },
  'saved-views.delete': { kind: 'own' },
};

/** The path of a route with its segments filled. */
export function pathOf(
  route: { readonly path: string },
  values: Readonly<Record<string, string>> = {},
): string {
  const { id = SOME_ID } = values;
  // What is named by a key has its id's digits for a fingerprint, in these tests.
  const known: Readonly<Record<string, string>> = {
    fingerprint: id.replaceAll('-', ''),
    nonce: id,
    ...values,
  };
  return route.path.replaceAll(/:([a-zA-Z]+)/g, (_, name: string) => known[name] ?? SOME_ID);
}
