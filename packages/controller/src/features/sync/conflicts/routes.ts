import { syncRoutes } from '@wardgrid/wire';
import type { Http } from '../../../platform/http.ts';
import type { References } from '../references/service.ts';
import type { Conflicts } from './service.ts';

/** What people see of changes that did not come to stand, and of ids and references that became others. */
export function mountConflictRoutes(
  http: Http,
  { conflicts, references }: { readonly conflicts: Conflicts; readonly references: References },
): void {
  http.mount(syncRoutes.conflicts, (context, { query }) => conflicts.list(context, query));
  http.mount(syncRoutes.conflict, (context, { params }) => conflicts.read(context, params.id));
  http.mount(syncRoutes.reapply, (context, { params, body }) =>
    conflicts.reapply(context, params.id, body.fields ?? null),
  );
  http.mount(syncRoutes.dismiss, (context, { params }) => conflicts.dismiss(context, params.id));
  http.mount(syncRoutes.ids, (context, { query }) => references.list(context, query));
}
