/**
 * What scans found, in the console: networks to approve or refuse, and assets with their ports. It
 * owns their pages; how a scan is asked for belongs to `jobs`.
 */
export { AssetListPage } from './AssetListPage.tsx';
export { AssetPage } from './AssetPage.tsx';
export { NetworkListPage } from './NetworkListPage.tsx';
