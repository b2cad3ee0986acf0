import { accountRoutes, blockedAddressRoutes } from './accounts.ts';
import { controllerRoutes, joinTokenRoutes } from './controllers.ts';
import { deviceRoutes, enrolmentKeyRoutes } from './devices.ts';
import { assetRoutes, networkRoutes } from './discovery.ts';
import { findingRoutes } from './findings.ts';
import { incidentRoutes } from './incidents.ts';
import { jobRoutes } from './jobs.ts';
import { joinCandidateRoutes } from './join-candidates.ts';
import { linkRoutes } from './link.ts';
import { platformRoutes, savedViewRoutes } from './platform.ts';
import { policyRoutes } from './policies.ts';
import { eventRoutes, quarantineRoutes } from './response.ts';
import type { Route } from './route.ts';
import { ruleExceptionRoutes, ruleRoutes, ruleSetRoutes, ruleSwitchRoutes } from './rules.ts';
import { apiTokenRoutes, deviceCodeRoutes, sessionRoutes } from './sessions.ts';
import { setupRoutes } from './setup.ts';
import { syncRoutes } from './sync.ts';
import { groupRoutes, licenceRoutes, organizationRoutes, tenantRoutes } from './tenants.ts';

/** Every route of the API by noun and verb: what is mounted, printed as OpenAPI and tested for leaks. */
export const routes = {
  setup: setupRoutes,
  sessions: sessionRoutes,
  'api-tokens': apiTokenRoutes,
  'device-codes': deviceCodeRoutes,
  tenants: tenantRoutes,
  licences: licenceRoutes,
  organizations: organizationRoutes,
  groups: groupRoutes,
  devices: deviceRoutes,
  'enrolment-keys': enrolmentKeyRoutes,
  accounts: accountRoutes,
  'blocked-addresses': blockedAddressRoutes,
  controllers: controllerRoutes,
  'join-tokens': joinTokenRoutes,
  'join-candidates': joinCandidateRoutes,
  sync: syncRoutes,
  jobs: jobRoutes,
  networks: networkRoutes,
  assets: assetRoutes,
  findings: findingRoutes,
  incidents: incidentRoutes,
  policies: policyRoutes,
  rules: ruleRoutes,
  'rule-sets': ruleSetRoutes,
  'rule-switches': ruleSwitchRoutes,
  'rule-exceptions': ruleExceptionRoutes,
  quarantine: quarantineRoutes,
  events: eventRoutes,
  link: linkRoutes,
  platform: platformRoutes,
  'saved-views': savedViewRoutes,
} as const;

/** Every route with its name, `noun.verb`. */
export const routeList: readonly { readonly name: string; readonly route: Route }[] =
  Object.entries(routes).flatMap(([noun, verbs]) =>
    Object.entries(verbs as Readonly<Record<string, Route>>).map(([verb, route]) => ({
      name: `${noun}.${verb}`,
      route,
    })),
  );
