import type { Permission, Session } from '@wardgrid/wire';
import type { PlainKey } from '../messages/index.ts';
import type { IconName } from '../ui/Icon.tsx';

interface NavigationItem {
  readonly to: string;
  readonly icon: IconName;
  readonly text: PlainKey;
  readonly permission: Permission;
}

export interface NavigationGroup {
  readonly text: PlainKey | null;
  readonly items: readonly NavigationItem[];
}

function item(icon: IconName, text: PlainKey, permission: Permission): NavigationItem {
  return { to: `/${icon}`, icon, text, permission };
}

const overview: NavigationItem = {
  to: '/',
  icon: 'overview',
  text: 'nav.overview',
  permission: 'devices:read',
};
const devices = item('devices', 'nav.devices', 'devices:read');
const assets = item('assets', 'nav.assets', 'assets:read');
const networks = item('networks', 'nav.networks', 'networks:read');
const findings = item('findings', 'nav.findings', 'findings:read');
const threats = item('threats', 'nav.threats', 'findings:read');
const quarantine = item('quarantine', 'nav.quarantine', 'quarantine:read');
const rules = item('rules', 'nav.rules', 'rules:read');
const policies = item('policies', 'nav.policies', 'policies:read');
const incidents = item('incidents', 'nav.incidents', 'incidents:read');
const jobs = item('jobs', 'nav.jobs', 'jobs:read');
const tenants = item('tenants', 'nav.tenants', 'tenants:read');
const organizations = item('organizations', 'nav.organizations', 'organizations:read');
const groups = item('groups', 'nav.groups', 'groups:read');
const accounts = item('accounts', 'nav.accounts', 'accounts:read');
const keys = item('enrolment-keys', 'nav.enrolmentKeys', 'enrolment-keys:read');
const hierarchy = item('hierarchy', 'nav.hierarchy', 'controllers:read');
const controllers = item('controllers', 'nav.controllers', 'controllers:read');
const sync = item('sync', 'nav.sync', 'sync:read');
const blocked = item('blocked-addresses', 'nav.blockedAddresses', 'platform:read');
const system = item('system', 'nav.system', 'platform:read');

const security: NavigationGroup = {
  text: 'nav.security',
  items: [incidents, threats, quarantine, findings, rules, policies],
};
const chain: NavigationGroup = { text: 'nav.chain', items: [hierarchy, controllers, sync] };
const fleet: NavigationGroup = { text: 'nav.fleet', items: [devices, assets, networks, jobs] };

/** What each of the three consoles leads to, the most used first. */
const shells: Readonly<Record<Session['shell'], readonly NavigationGroup[]>> = {
  'master-grid': [
    { text: null, items: [overview] },
    { text: 'nav.grid', items: [tenants, organizations, groups] },
    fleet,
    security,
    chain,
    { text: 'nav.administration', items: [accounts, keys, blocked, system] },
  ],
  partner: [
    { text: null, items: [overview] },
    { text: 'nav.clients', items: [organizations, groups] },
    fleet,
    security,
    chain,
    { text: 'nav.administration', items: [tenants, accounts, keys, blocked, system] },
  ],
  client: [
    { text: null, items: [overview, devices, incidents, threats, findings, assets] },
    {
      text: 'nav.more',
      items: [jobs, quarantine, policies, rules, networks, organizations, groups, keys, accounts],
    },
    chain,
  ],
};

/** The navigation of a session: only what its permissions allow; no empty group. */
export function navigationOf(session: Session): readonly NavigationGroup[] {
  return shells[session.shell]
    .map((group) => ({
      ...group,
      items: group.items.filter((entry) => session.permissions.includes(entry.permission)),
    }))
    .filter((group) => group.items.length > 0);
}
