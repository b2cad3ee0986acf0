import { useQuery } from '@tanstack/react-query';
import {
  groupRoutes,
  organizationRoutes,
  tenantRoutes,
  type ScopeTarget,
  type Session,
} from '@wardgrid/wire';
import { call } from './api.ts';
import { may } from './may.ts';
import { useStore } from './store.ts';

/** A node of the scope tree that somebody may choose. */
export interface ScopeChoice {
  /** Its path. */
  readonly value: string;
  readonly text: string;
  /** What it is; null for the platform, where neither policies nor rules are set. */
  readonly target: ScopeTarget | null;
}

/** Most nodes of one kind offered. */
const NODES_MAX = 500;

/** The nodes of the tree that whoever is signed in sees: the own one first, then what lies below. */
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
    ...(tenants.data?.data ?? []).map(({ id, scope, name }) => ({
      value: scope,
      text: name,
      target: { kind: 'tenant' as const, id },
    })),
    ...(organizations.data?.data ?? []).map(({ id, scope, name, tenantName }) => ({
      value: scope,
      text: `${tenantName} › ${name}`,
      target: { kind: 'organization' as const, id },
    })),
    ...(groups.data?.data ?? []).map(({ id, scope, name, organizationName }) => ({
      value: scope,
      text: `${organizationName} › ${name}`,
      target: { kind: 'group' as const, id },
    })),
  ];
  const own = ownScope(session);
  const ownBelow = below.find(({ value }) => value === own.value);
  return [
    { ...own, target: ownBelow?.target ?? own.target },
    ...below.filter(({ value }) => value !== own.value),
  ];
}

function ownScope(session: Session | null): ScopeChoice {
  if (!session) return { value: '', text: '', target: null };
  const { scope, scopeName, tenantId } = session;
  const isTenant = tenantId !== null && scope === tenantId.replaceAll('-', '');
  return {
    value: scope,
    text: scopeName,
    target: isTenant ? { kind: 'tenant', id: tenantId } : null,
  };
}

/** As `useScopes`, but only nodes that carry policies and rules. */
export function useScopeTargets(): readonly (ScopeChoice & { readonly target: ScopeTarget })[] {
  return useScopes().flatMap(({ target, ...choice }) => (target ? [{ ...choice, target }] : []));
}
