/**
 * Tenants, their licences, organizations and groups: the scope tree. Owns the tables `tenant`,
 * `licence`, `organization`, `device_group`. It must not know what lives in the tree; others ask it
 * for a node, never for its tables.
 */
import type { Platform } from '../../platform/services.ts';
import { createGroups } from './groups.ts';
import { createHandedLicences, type HandedLicences } from './licence-handing.ts';
import { createLicenceFiles, type LicenceFileDeps } from './licence-files.ts';
import { createLicences, type Licences } from './licences.ts';
import { createOrganizations } from './organizations.ts';
import { mountTenantRoutes } from './routes.ts';
import { createTenants, type Tenants } from './tenants.ts';

export { findNode, nameOfScope, type ScopeNode } from './node-repository.ts';

/** What other features may ask. */
export interface TenantsFeature {
  readonly licences: Licences;
  readonly tenants: Tenants;
  readonly handedDown: HandedLicences;
}

export function createTenantsFeature(platform: Platform, deps: LicenceFileDeps): TenantsFeature {
  const licences = createLicences(platform);
  const tenants = createTenants(platform, licences);
  mountTenantRoutes(platform.http, {
    tenants,
    licences,
    licenceFiles: createLicenceFiles(platform, deps),
    organizations: createOrganizations(platform),
    groups: createGroups(platform),
  });
  return { licences, tenants, handedDown: createHandedLicences(platform) };
}
