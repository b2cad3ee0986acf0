import { incidentRoutes } from '@wardgrid/wire';
import type { Http } from '../../platform/http.ts';
import type { createIncidents } from './service.ts';

export function mountIncidentRoutes(
  http: Http,
  incidents: Pick<ReturnType<typeof createIncidents>, 'list' | 'read' | 'update'>,
): void {
  http.mount(incidentRoutes.list, (context, { query }) => incidents.list(context, query));
  http.mount(incidentRoutes.read, (context, { params }) => incidents.read(context, params.id));
  http.mount(incidentRoutes.update, (context, { params, body }) =>
    incidents.update(context, params.id, body),
  );
}
