import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { controllerRoutes, type Controller } from '@wardgrid/wire';
import { call } from '../../api.ts';

/** Rows of one page, the most that the controller gives. */
const PAGE_ROWS = 500;
/** Most controllers of one map: more would be no picture any more. */
export const CONTROLLERS_MAX = 5_000;
/** Whether one is online time decides as well, of which no event tells. */
const LOOK_AGAIN_MS = 15_000;

/** All controllers that whoever is signed in sees, as far as a map can hold them. */
export function useControllers(): UseQueryResult<readonly Controller[]> {
  return useQuery({
    queryKey: ['controllers', 'list', 'all'],
    queryFn: ({ signal }) => loadAll(signal),
    refetchInterval: LOOK_AGAIN_MS,
  });
}

async function loadAll(signal: AbortSignal): Promise<readonly Controller[]> {
  const all: Controller[] = [];
  let cursor: string | undefined;
  do {
    const query = { sort: 'layer', limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) };
    const page = await call(controllerRoutes.list, { query, signal });
    all.push(...page.data);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && all.length < CONTROLLERS_MAX);
  return all;
}
