/**
 * The tree that everything hangs on, in the console: tenants with their licences, organizations and
 * nested groups. It owns their pages; accounts of a scope belong to `accounts`.
 */
export { GroupListPage } from './GroupListPage.tsx';
export { GroupPage } from './GroupPage.tsx';
export { OrganizationListPage } from './OrganizationListPage.tsx';
export { OrganizationPage } from './OrganizationPage.tsx';
export { TenantListPage } from './TenantListPage.tsx';
export { TenantPage } from './TenantPage.tsx';
