/**
 * Acting on devices: files in quarantine, brought back or deleted, and scans for malware. It owns how a
 * person asks for it; what is allowed and what happened, the controller and the device say.
 */
export { MalwareScanDialog } from './MalwareScanDialog.tsx';
export { quarantineList } from './quarantine-list.tsx';
export { QuarantineListPage } from './QuarantineListPage.tsx';
