import type { LiveEvent, Permission } from '@wardgrid/wire';

/** How people and consoles call the types, and the right to change one. */
export interface NounOfType {
  readonly noun: LiveEvent['noun'];
  readonly update: Permission;
}

/** Types that people see; of what belongs to another thing, that thing. */
export const NOUN_OF: Readonly<Record<string, NounOfType>> = {
  tenant: { noun: 'tenants', update: 'tenants:update' },
  licence: { noun: 'tenants', update: 'licences:issue' },
  controller: { noun: 'controllers', update: 'controllers:manage' },
  organization: { noun: 'organizations', update: 'organizations:update' },
  device_group: { noun: 'groups', update: 'groups:update' },
  account: { noun: 'accounts', update: 'accounts:update' },
  enrolment_key: { noun: 'enrolment-keys', update: 'enrolment-keys:create' },
  device: { noun: 'devices', update: 'devices:update' },
  device_inventory: { noun: 'devices', update: 'devices:update' },
  device_protection: { noun: 'devices', update: 'devices:update' },
  discovery_network: { noun: 'networks', update: 'networks:approve' },
  discovery_asset: { noun: 'assets', update: 'assets:update' },
  policy: { noun: 'policies', update: 'policies:update' },
  policy_version: { noun: 'policies', update: 'policies:update' },
  rule_switch: { noun: 'rules', update: 'rules:update' },
  rule_exception: { noun: 'rules', update: 'rules:update' },
  rule_set: { noun: 'rules', update: 'rules:update' },
  rule_imported: { noun: 'rules', update: 'rules:update' },
  finding: { noun: 'findings', update: 'findings:update' },
  incident: { noun: 'incidents', update: 'incidents:update' },
  quarantine_entry: { noun: 'quarantine', update: 'devices:respond' },
  job: { noun: 'jobs', update: 'jobs:create' },
};
