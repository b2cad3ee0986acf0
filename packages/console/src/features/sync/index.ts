/**
 * The sync centre: how this controller stands in the chain, what waits to go up, what did not come to
 * stand, which ids became others.
 */
export { ConflictListPage } from './ConflictListPage.tsx';
export { ConflictPage } from './ConflictPage.tsx';
export { IdListPage } from './IdListPage.tsx';
export { PendingPage } from './PendingPage.tsx';
export { SyncPage } from './SyncPage.tsx';
