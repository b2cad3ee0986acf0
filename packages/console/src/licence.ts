import { useQuery } from '@tanstack/react-query';
import { licenceRoutes, type LicenceInForce } from '@wardgrid/wire';
import { call } from './api.ts';
import { useMay } from './may.ts';
import { useStore } from './store.ts';
import { useSyncView } from './local-view.ts';

/** A licence ends by time, and seats come and go: neither tells of itself. */
const LOOK_AGAIN_MS = 60_000;

/** The licence that this controller goes by; undefined for whoever may not know, or belongs to no tenant. */
export function useLicenceInForce(): LicenceInForce | undefined {
  const mayRead = useMay('licences:read');
  const role = useSyncView()?.role;
  const isAtSite = role !== undefined && role !== 'cloud';
  const isOfTenant = useStore(({ session }) => (session?.tenantId ?? null) !== null);
  const licence = useQuery({
    queryKey: ['licence'],
    queryFn: ({ signal }) => call(licenceRoutes.inForce, { signal }),
    enabled: mayRead && (isOfTenant || isAtSite),
    refetchInterval: LOOK_AGAIN_MS,
  });
  return licence.data;
}

const DAY_MS = 86_400_000;
/** When the end of a licence is told of, in days before it. */
const LADDER_DAYS = [1, 7, 30];

/** How near the end is: the rung of the ladder, or null while there is time. */
export function rungOf(
  { state, validUntil }: Pick<LicenceInForce, 'state' | 'validUntil'>,
  nowMs: number,
): { readonly isOver: boolean; readonly days: number; readonly rung: number } | null {
  const days = Math.ceil((Date.parse(validUntil) - nowMs) / DAY_MS);
  if (state !== 'active') return { isOver: true, days, rung: 0 };
  const rung = LADDER_DAYS.find((one) => days <= one);
  return rung === undefined ? null : { isOver: false, days: Math.max(0, days), rung };
}
