/**
 * The first page of the console: what is counted across all that the person sees, each number a
 * link to the list it counts. It owns no numbers of its own.
 */
export { OverviewPage } from './OverviewPage.tsx';
