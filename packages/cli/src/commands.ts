import type { CommandEntry } from './command-spec.ts';

/** Every top-level command: its words here, its tree where it lives, loaded when it is called. */
export const entries: readonly CommandEntry[] = [
  {
    name: 'setup',
    summary: 'do the first-run set-up of a controller and sign in',
    load: async () => (await import('./commands/setup.ts')).setup,
  },
  {
    name: 'login',
    summary: 'sign in: by a code approved in the console, an API token, or a password',
    load: async () => (await import('./commands/login.ts')).login,
  },
  {
    name: 'logout',
    summary: 'forget the profile and revoke its token',
    load: async () => (await import('./commands/logout.ts')).logout,
  },
  {
    name: 'whoami',
    summary: 'who is signed in, where, and what they may do',
    load: async () => (await import('./commands/whoami.ts')).whoami,
  },
  {
    name: 'overview',
    summary: 'the counts of what you see',
    load: async () => (await import('./commands/overview.ts')).overview,
  },
  {
    name: 'devices',
    summary: 'the managed machines',
    load: async () => (await import('./commands/devices.ts')).devices,
  },
  {
    name: 'jobs',
    summary: 'work asked of devices',
    load: async () => (await import('./commands/jobs.ts')).jobs,
  },
  {
    name: 'assets',
    summary: 'the machines found on networks',
    load: async () => (await import('./commands/assets.ts')).assets,
  },
  {
    name: 'findings',
    summary: 'what rules and scans say about devices and assets',
    load: async () => (await import('./commands/findings.ts')).findings,
  },
  {
    name: 'incidents',
    summary: 'what a person must handle',
    load: async () => (await import('./commands/incidents.ts')).incidents,
  },
  {
    name: 'quarantine',
    summary: 'files that devices sealed away',
    load: async () => (await import('./commands/quarantine.ts')).quarantine,
  },
  {
    name: 'events',
    summary: 'what happened on a device',
    load: async () => (await import('./commands/events.ts')).events,
  },
  {
    name: 'rule-sets',
    summary: 'detection content that tenants bring along',
    load: async () => (await import('./commands/rule-sets.ts')).ruleSets,
  },
  {
    name: 'rule-switches',
    summary: 'rules that run otherwise than they were written',
    load: async () => (await import('./commands/rule-switches.ts')).ruleSwitches,
  },
  {
    name: 'rule-exceptions',
    summary: 'what is left out of rules',
    load: async () => (await import('./commands/rule-exceptions.ts')).ruleExceptions,
  },
  {
    name: 'policies',
    summary: 'what protection devices are to run',
    load: async () => (await import('./commands/policies.ts')).policies,
  },
  {
    name: 'networks',
    summary: 'what devices reported, and whether it may be scanned',
    load: async () => (await import('./commands/networks.ts')).networks,
  },
  {
    name: 'enrolment-keys',
    summary: 'what a new agent enrols with',
    load: async () => (await import('./commands/enrolment-keys.ts')).enrolmentKeys,
  },
  {
    name: 'organizations',
    summary: 'the clients of a tenant',
    load: async () => (await import('./commands/organizations.ts')).organizations,
  },
  {
    name: 'groups',
    summary: 'sets of devices inside an organization',
    load: async () => (await import('./commands/groups.ts')).groups,
  },
  {
    name: 'tenants',
    summary: 'MSPs and enterprises, each with a licence',
    load: async () => (await import('./commands/tenants.ts')).tenants,
  },
  {
    name: 'licences',
    summary: 'what a tenant may use, signed by the platform',
    load: async () => (await import('./commands/licences.ts')).licences,
  },
  {
    name: 'controllers',
    summary: 'the controllers of the grid, and what they are let in with',
    load: async () => (await import('./commands/controllers.ts')).controllers,
  },
  {
    name: 'sync',
    summary: 'how this controller stands in the chain, and what did not come to stand',
    load: async () => (await import('./commands/sync.ts')).sync,
  },
  {
    name: 'accounts',
    summary: 'the people who can sign in',
    load: async () => (await import('./commands/accounts.ts')).accounts,
  },
  {
    name: 'api-tokens',
    summary: 'your own, for scripts',
    load: async () => (await import('./commands/api-tokens.ts')).apiTokens,
  },
  {
    name: 'saved-views',
    summary: 'filters of lists that are kept',
    load: async () => (await import('./commands/saved-views.ts')).savedViews,
  },
  {
    name: 'blocked-addresses',
    summary: 'who may not reach the controller',
    load: async () => (await import('./commands/blocked-addresses.ts')).blockedAddresses,
  },
  {
    name: 'rules',
    summary: 'detection rules',
    load: async () => (await import('./commands/rules.ts')).rules,
  },
  {
    name: 'health',
    summary: 'how the controller is doing',
    load: async () => (await import('./commands/health.ts')).health,
  },
  {
    name: 'completion',
    summary: 'print the completion script of a shell',
    load: async () => (await import('./commands/completion.ts')).completion(() => entries),
  },
];
