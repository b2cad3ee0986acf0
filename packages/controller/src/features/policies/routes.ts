import { policyRoutes } from '@wardgrid/wire';
import type { Http } from '../../platform/http.ts';
import type { createPolicies } from './service.ts';

export function mountPolicyRoutes(http: Http, policies: ReturnType<typeof createPolicies>): void {
  http.mount(policyRoutes.list, (context, { query }) => policies.list(context, query));
  http.mount(policyRoutes.create, (context, { body }) => policies.create(context, body));
  http.mount(policyRoutes.preview, (context, { body }) => policies.preview(context, body));
  http.mount(policyRoutes.read, (context, { params }) => policies.read(context, params.id));
  http.mount(policyRoutes.update, (context, { params, body }) =>
    policies.update(context, params.id, body),
  );
  http.mount(policyRoutes.delete, (context, { params }) => policies.remove(context, params.id));
  http.mount(policyRoutes.versions, (context, { params }) => policies.versions(context, params.id));
  http.mount(policyRoutes.rollOut, (context, { params, body }) =>
    policies.rollOut(context, params.id, body.percent),
  );
  http.mount(policyRoutes.ring, (context, { params }) => policies.ring(context, params.id));
  http.mount(policyRoutes.effective, (context, { params }) =>
    policies.effective(context, params.id),
  );
}
