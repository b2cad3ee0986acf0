import { quarantineRoutes } from '@wardgrid/wire';
import type { Http } from '../../platform/http.ts';
import type { createQuarantine } from './service.ts';

export function mountQuarantineRoutes(
  http: Http,
  quarantine: ReturnType<typeof createQuarantine>,
): void {
  http.mount(quarantineRoutes.list, (context, { query }) => quarantine.list(context, query));
  http.mount(quarantineRoutes.read, (context, { params }) => quarantine.read(context, params.id));
  http.mount(quarantineRoutes.restore, (context, { params, body }) =>
    quarantine.restore(context, params.id, body),
  );
  http.mount(quarantineRoutes.purge, (context, { params, body }) =>
    quarantine.purge(context, params.id, body.reason),
  );
}
