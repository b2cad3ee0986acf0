/**
 * Files that devices sealed away: their list, and bringing one back or deleting it for good. It owns how
 * a person asks for it; what is allowed and what happened, the controller and the device say.
 */
export { quarantineList } from './quarantine-list.tsx';
export { QuarantineListPage } from './QuarantineListPage.tsx';
