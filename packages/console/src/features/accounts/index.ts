/**
 * People who may sign in, in the console: accounts, invitations with a preview of what they allow,
 * and addresses that are kept out. It owns their pages; one's own account belongs to `settings`.
 */
export { AccountListPage } from './AccountListPage.tsx';
export { AccountPage } from './AccountPage.tsx';
export { BlockedAddressPage } from './BlockedAddressPage.tsx';
