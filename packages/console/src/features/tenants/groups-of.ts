import { groupRoutes, type OrganizationId } from '@wardgrid/wire';
import { queryOptions } from '@tanstack/react-query';
import { call } from '../../api.ts';

/** Groups of one organization that are shown at most. */
const GROUPS_MAX = 500;

/** The groups of an organization that the visitor may see. */
export const groupsOf = (organizationId: OrganizationId) =>
  queryOptions({
    queryKey: ['groups', 'list', 'tree', organizationId],
    queryFn: ({ signal }) =>
      call(groupRoutes.list, {
        query: { filter: `organizationId:${organizationId}`, sort: 'name', limit: GROUPS_MAX },
        signal,
      }),
  });
