/**
 * The controller itself, in the console: how it and what it depends on are doing. It owns the system
 * page; it must not change anything.
 */
export { SystemPage } from './SystemPage.tsx';
