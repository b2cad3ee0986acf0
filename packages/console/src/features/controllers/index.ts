/**
 * The grid of controllers: who stands above whom, how each is, how new ones come in. It must not
 * know how changes travel; that is the sync centre's.
 */
export { ControllerListPage } from './ControllerListPage.tsx';
export { ControllerPage } from './ControllerPage.tsx';
export { HierarchyPage } from './HierarchyPage.tsx';
export { JoinTokenListPage } from './JoinTokenListPage.tsx';
