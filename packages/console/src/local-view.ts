import { useQuery } from '@tanstack/react-query';
import { syncRoutes, type Permission, type SyncView } from '@wardgrid/wire';
import { useMemo } from 'react';
import { call } from './api.ts';
import { useMay } from './may.ts';

/** A cloud stays one; below it the view changes by time as much as by events. */
const LOOK_AGAIN_MS = 10_000;

/** Which controller answers and how it stands; undefined until it has said so. */
export function useSyncView(): SyncView | undefined {
  const view = useQuery({
    queryKey: ['sync', 'view'],
    queryFn: ({ signal }) => call(syncRoutes.view, { signal }),
    refetchInterval: ({ state }) => (isBelow(state.data) ? LOOK_AGAIN_MS : false),
  });
  return view.data;
}

function isBelow(view: SyncView | undefined): boolean {
  return view !== undefined && view.role !== 'cloud';
}

/** Whether the cloud answers: what only the cloud can do is offered there alone. */
export function useIsCloud(): boolean {
  return useSyncView()?.role === 'cloud';
}

/** As `useMay`, for what only the cloud does. */
export function useMayAtCloud(permission: Permission): boolean {
  const isCloud = useIsCloud();
  return useMay(permission) && isCloud;
}

/** Ids of the things of a noun that were changed here and are not sent up yet. */
export function usePendingIds(noun: string): ReadonlySet<string> {
  const pending = useSyncView()?.pending;
  return useMemo(
    () => new Set(pending?.flatMap((one) => (one.noun === noun ? [one.entityId] : []))),
    [pending, noun],
  );
}
