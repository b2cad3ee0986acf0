import type { Permission } from '@wardgrid/wire';
import { useStore } from './store.ts';

/** Whether whoever is signed in may do this somewhere; the controller decides again for each thing. */
export function may(permission: Permission): boolean {
  return useStore.getState().session?.permissions.includes(permission) ?? false;
}

/** As `may`, drawn anew when the session changes. */
export function useMay(permission: Permission): boolean {
  return useStore((state) => state.session?.permissions.includes(permission) ?? false);
}
