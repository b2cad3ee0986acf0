import { useQuery } from '@tanstack/react-query';
import { groupRoutes, organizationRoutes, tenantRoutes, type Session } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { may } from '../../may.ts';
import { useStore } from '../../store.ts';

export interface ScopeChoice {
  readonly value: string;
  readonly text: string;
}

/** Most nodes of one kind offered. */
const NODES_MAX = 500;

/** The nodes of the tree that a role can be given at: the own one first, then what lies below. */
export function useScopes(): readonly ScopeChoice[] {
  const session = useStore((state) => state.session);
  const query = { sort: 'name', limit: NODES_MAX };
  const tenants = useQuery({
    queryKey: ['tenants', 'list', 'scopes'],
    queryFn: ({ signal }) => call(tenantRoutes.list, { query, signal }),
    enabled: session?.tenantId === null && may('tenants:read'),
  });
  const organizations = useQuery({
    queryKey: ['organizations', 'list', 'scopes'],
    queryFn: ({ signal }) => call(organizationRoutes.list, { query, signal }),
    enabled: may('organizations:read'),
  });
  const groups = useQuery({
    queryKey: ['groups', 'list', 'scopes'],
    queryFn: ({ signal }) => call(groupRoutes.list, { query, signal }),
    enabled: may('groups:read'),
  });
  const below = [
    ...(tenants.data?.data ?? []).map(({ scope, name }) => ({ value: scope, text: name })),
    ...(organizations.data?.data ?? []).map(({ scope, name, tenantName }) => ({
      value: scope,
      text: `${tenantName} › ${name}`,
    })),
    ...(groups.data?.data ?? []).map(({ scope, name, organizationName }) => ({
      value: scope,
      text: `${organizationName} › ${name}`,
    })),
  ];
  const own = ownScope(session);
  return [own, ...below.filter(({ value }) => value !== own.value)];
}

function ownScope(session: Session | null): ScopeChoice {
  return session ? { value: session.scope, text: session.scopeName } : { value: '', text: '' };
}
