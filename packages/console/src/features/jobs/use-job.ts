import { useQuery } from '@tanstack/react-query';
import { JOB_STATES_FINAL, jobRoutes } from '@wardgrid/wire';
import { call } from '../../api.ts';

/** In case a live event is missed; live progress comes much faster. */
const LOOK_AGAIN_MS = 4_000;

/** One job, followed until it ends. */
export function useJob(id: string | null) {
  return useQuery({
    queryKey: ['jobs', 'one', id],
    queryFn: ({ signal }) => call(jobRoutes.read, { params: { id: id ?? '' }, signal }),
    enabled: id !== null,
    refetchInterval: ({ state }) =>
      state.data && JOB_STATES_FINAL.has(state.data.state) ? false : LOOK_AGAIN_MS,
  });
}
