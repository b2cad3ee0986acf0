import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type AnyRoute,
} from '@tanstack/react-router';
import type { Permission } from '@wardgrid/wire';
import { may } from './may.ts';
import { ErrorPage, ForbiddenError, NotFoundPage } from './shell/ErrorPages.tsx';
import { Shell } from './shell/Shell.tsx';

type Loader = Parameters<typeof lazyRouteComponent>[0];

const root = createRootRoute({
  component: Shell,
  errorComponent: ErrorPage,
  notFoundComponent: NotFoundPage,
});

/** A page behind a permission; `signed-in` is for what concerns oneself. */
function page(
  path: string,
  needed: Permission | 'signed-in',
  [load, component]: readonly [Loader, string],
): AnyRoute {
  return createRoute({
    getParentRoute: () => root,
    path,
    errorComponent: ErrorPage,
    beforeLoad: () => {
      if (needed !== 'signed-in' && !may(needed)) throw new ForbiddenError(needed);
    },
    component: lazyRouteComponent(load, component),
  });
}

const devices = () => import('./features/devices/index.ts');
const jobs = () => import('./features/jobs/index.ts');
const discovery = () => import('./features/discovery/index.ts');
const findings = () => import('./features/findings/index.ts');
const incidents = () => import('./features/incidents/index.ts');
const tenants = () => import('./features/tenants/index.ts');
const accounts = () => import('./features/accounts/index.ts');
const platform = () => import('./features/platform/index.ts');
const controllers = () => import('./features/controllers/index.ts');
const sync = () => import('./features/sync/index.ts');
const settings = () => import('./features/settings/index.ts');
const overview = () => import('./features/overview/index.ts');
const policies = () => import('./features/policies/index.ts');
const rules = () => import('./features/rules/index.ts');
const quarantine = () => import('./features/quarantine/index.ts');

const pages: readonly AnyRoute[] = [
  page('/', 'devices:read', [overview, 'OverviewPage']),
  page('/add-device', 'enrolment-keys:create', [devices, 'AddDevicePage']),
  page('/devices', 'devices:read', [devices, 'DeviceListPage']),
  page('/devices/$id', 'devices:read', [devices, 'DevicePage']),
  page('/enrolment-keys', 'enrolment-keys:read', [devices, 'EnrolmentKeyListPage']),
  page('/jobs', 'jobs:read', [jobs, 'JobListPage']),
  page('/jobs/$id', 'jobs:read', [jobs, 'JobPage']),
  page('/networks', 'networks:read', [discovery, 'NetworkListPage']),
  page('/assets', 'assets:read', [discovery, 'AssetListPage']),
  page('/assets/$id', 'assets:read', [discovery, 'AssetPage']),
  page('/threats', 'findings:read', [findings, 'ThreatListPage']),
  page('/quarantine', 'quarantine:read', [quarantine, 'QuarantineListPage']),
  page('/rules', 'rules:read', [rules, 'RuleListPage']),
  page('/rules/$id', 'rules:read', [rules, 'RulePage']),
  page('/rule-sets', 'rules:read', [rules, 'RuleSetListPage']),
  page('/rule-exceptions', 'rules:read', [rules, 'ExceptionListPage']),
  page('/policies', 'policies:read', [policies, 'PolicyListPage']),
  page('/policies/$id', 'policies:read', [policies, 'PolicyPage']),
  page('/findings', 'findings:read', [findings, 'FindingListPage']),
  page('/findings/$id', 'findings:read', [findings, 'FindingPage']),
  page('/incidents', 'incidents:read', [incidents, 'IncidentListPage']),
  page('/incidents/$id', 'incidents:read', [incidents, 'IncidentPage']),
  page('/tenants', 'tenants:read', [tenants, 'TenantListPage']),
  page('/tenants/$id', 'tenants:read', [tenants, 'TenantPage']),
  page('/organizations', 'organizations:read', [tenants, 'OrganizationListPage']),
  page('/organizations/$id', 'organizations:read', [tenants, 'OrganizationPage']),
  page('/groups', 'groups:read', [tenants, 'GroupListPage']),
  page('/groups/$id', 'groups:read', [tenants, 'GroupPage']),
  page('/accounts', 'accounts:read', [accounts, 'AccountListPage']),
  page('/accounts/$id', 'accounts:read', [accounts, 'AccountPage']),
  page('/hierarchy', 'controllers:read', [controllers, 'HierarchyPage']),
  page('/controllers', 'controllers:read', [controllers, 'ControllerListPage']),
  page('/controllers/$id', 'controllers:read', [controllers, 'ControllerPage']),
  page('/join-tokens', 'controllers:read', [controllers, 'JoinTokenListPage']),
  page('/sync', 'sync:read', [sync, 'SyncPage']),
  page('/sync/pending', 'sync:read', [sync, 'PendingPage']),
  page('/sync/conflicts', 'sync:read', [sync, 'ConflictListPage']),
  page('/sync/conflicts/$id', 'sync:read', [sync, 'ConflictPage']),
  page('/sync/ids', 'sync:read', [sync, 'IdListPage']),
  page('/blocked-addresses', 'platform:read', [accounts, 'BlockedAddressPage']),
  page('/system', 'platform:read', [platform, 'SystemPage']),
  page('/settings', 'signed-in', [settings, 'SettingsPage']),
  page('/device-code', 'signed-in', [settings, 'DeviceCodePage']),
];

/** The addresses of the console. Search values are plain text, so that a filter can be read and typed. */
export const router = createRouter({
  routeTree: root.addChildren(pages),
  defaultPreload: 'intent',
  defaultPendingMs: 400,
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (values) => {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === 'string' && value !== '') search.set(name, value);
    }
    return search.size > 0 ? `?${search.toString()}` : '';
  },
});
