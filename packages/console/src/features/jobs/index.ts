/**
 * Jobs in the console: their list, one job with its progress, and the dialog that asks a device to
 * scan its network. It owns how work is shown; what a scan found belongs to `discovery`.
 */
export { jobList } from './job-list.tsx';
export { JobListPage } from './JobListPage.tsx';
export { JobPage } from './JobPage.tsx';
export { MalwareScanDialog } from './MalwareScanDialog.tsx';
export { ScanDialog } from './ScanDialog.tsx';
export { useJob } from './use-job.ts';
