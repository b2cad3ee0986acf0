import { syncRoutes } from '@wardgrid/wire';
import type { Http } from '../../../platform/http.ts';
import type { Status } from './service.ts';

export function mountStatusRoutes(http: Http, status: Status): void {
  http.mount(syncRoutes.status, (context) => status.read(context));
  http.mount(syncRoutes.view, (context) => status.view(context));
  http.mount(syncRoutes.pending, (context) => status.pending(context));
  http.mount(syncRoutes.now, (context) => status.now(context));
}
