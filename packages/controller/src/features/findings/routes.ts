import { findingRoutes } from '@wardgrid/wire';
import type { Http } from '../../platform/http.ts';
import type { createFindings } from './service.ts';

export function mountFindingRoutes(http: Http, findings: ReturnType<typeof createFindings>): void {
  http.mount(findingRoutes.list, (context, { query }) => findings.list(context, query));
  http.mount(findingRoutes.read, (context, { params }) => findings.read(context, params.id));
  http.mount(findingRoutes.detail, (context, { params }) => findings.detail(context, params.id));
  http.mount(findingRoutes.update, (context, { params, body }) =>
    findings.update(context, params.id, body),
  );
}
