/**
 * Findings in the console: their list and one finding with its evidence. It owns how they are shown
 * and settled; it must not decide how bad one is.
 */
export { findingList } from './finding-list.tsx';
export { FindingListPage } from './FindingListPage.tsx';
export { FindingPage } from './FindingPage.tsx';
