/**
 * Policies in the console: what protection each node of the tree asks for, what a change would do, and
 * what a device runs in the end. It owns how they are edited; inheritance and locks are the controller's.
 */
export { EffectivePolicyTab } from './EffectivePolicyTab.tsx';
export { PolicyListPage } from './PolicyListPage.tsx';
export { PolicyPage } from './PolicyPage.tsx';
