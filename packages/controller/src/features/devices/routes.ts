import { enrolmentKeyRoutes } from '@wardgrid/wire';
import type { Http } from '../../platform/http.ts';
import type { EnrolmentKeys } from './enrolment/service.ts';

export function mountDeviceRoutes(http: Http, { keys }: { readonly keys: EnrolmentKeys }): void {
  http.mount(enrolmentKeyRoutes.list, (context, { query }) => keys.list(context, query));
  http.mount(enrolmentKeyRoutes.create, (context, { body }) => keys.create(context, body));
  http.mount(enrolmentKeyRoutes.read, (context, { params }) => keys.read(context, params.id));
  http.mount(enrolmentKeyRoutes.revoke, (context, { params }) => keys.revoke(context, params.id));
}
