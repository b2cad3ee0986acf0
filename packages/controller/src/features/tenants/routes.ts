import { groupRoutes, licenceRoutes, organizationRoutes, tenantRoutes } from '@wardgrid/wire';
import type { Http } from '../../platform/http.ts';
import type { Groups } from './groups.ts';
import type { LicenceFiles } from './licence-files.ts';
import type { Licences } from './licences.ts';
import type { Organizations } from './organizations.ts';
import type { Tenants } from './tenants.ts';

interface Services {
  readonly tenants: Tenants;
  readonly licences: Licences;
  readonly licenceFiles: LicenceFiles;
  readonly organizations: Organizations;
  readonly groups: Groups;
}

export function mountTenantRoutes(
  http: Http,
  { tenants, licences, licenceFiles, organizations, groups }: Services,
): void {
  http.mount(tenantRoutes.list, (context, { query }) => tenants.list(context, query));
  http.mount(tenantRoutes.create, (context, { body }) => tenants.create(context, body));
  http.mount(tenantRoutes.read, (context, { params }) => tenants.read(context, params.id));
  http.mount(tenantRoutes.update, (context, { params, body }) =>
    tenants.update(context, params.id, body),
  );
  http.mount(tenantRoutes.delete, (context, { params }) => tenants.delete(context, params.id));

  http.mount(licenceRoutes.read, (context, { params }) => licences.read(context, params.id));
  http.mount(licenceRoutes.issue, (context, { params, body }) =>
    licences.issue(context, params.id, body),
  );
  http.mount(licenceRoutes.inForce, (context) => licenceFiles.inForce(context));
  http.mount(licenceRoutes.install, (context, { body }) =>
    licenceFiles.install(context, body.document),
  );

  http.mount(organizationRoutes.list, (context, { query }) => organizations.list(context, query));
  http.mount(organizationRoutes.create, (context, { body }) => organizations.create(context, body));
  http.mount(organizationRoutes.read, (context, { params }) =>
    organizations.read(context, params.id),
  );
  http.mount(organizationRoutes.update, (context, { params, body }) =>
    organizations.rename(context, params.id, body.name),
  );
  http.mount(organizationRoutes.delete, (context, { params }) =>
    organizations.delete(context, params.id),
  );

  http.mount(groupRoutes.list, (context, { query }) => groups.list(context, query));
  http.mount(groupRoutes.create, (context, { body }) => groups.create(context, body));
  http.mount(groupRoutes.read, (context, { params }) => groups.read(context, params.id));
  http.mount(groupRoutes.update, (context, { params, body }) =>
    groups.update(context, params.id, body),
  );
  http.mount(groupRoutes.delete, (context, { params }) => groups.delete(context, params.id));
}
