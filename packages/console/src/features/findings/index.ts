/**
 * Findings in the console: what scans found (exposures) and what devices saw or stopped (threats), their
 * lists and one finding with its evidence. It owns how they are shown and settled; it must not decide
 * how bad one is.
 */
export { ExceptionDialog } from './ExceptionDialog.tsx';
export { selectionText } from './selection.ts';
export { eventWords } from './DetectionSections.tsx';
export { findingList, threatList } from './finding-list.tsx';
export { FindingListPage } from './FindingListPage.tsx';
export { FindingPage } from './FindingPage.tsx';
export { ThreatListPage } from './ThreatListPage.tsx';
