import { eventRoutes } from '@wardgrid/wire';
import type { Http } from '../../platform/http.ts';
import type { createEvents } from './service.ts';

export function mountEventRoutes(http: Http, list: ReturnType<typeof createEvents>): void {
  http.mount(eventRoutes.list, (context, { params, query }) => list(context, params.id, query));
}
