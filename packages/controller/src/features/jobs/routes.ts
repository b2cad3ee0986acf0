import { jobRoutes, type Job } from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import type { Http } from '../../platform/http.ts';
import type { Jobs } from './service.ts';

export function mountJobRoutes(
  http: Http,
  jobs: Jobs & { readonly cancel: (context: Context, id: string) => Promise<Job> },
): void {
  http.mount(jobRoutes.list, (context, { query }) => jobs.list(context, query));
  http.mount(jobRoutes.create, (context, { body }) => jobs.create(context, body));
  http.mount(jobRoutes.createMany, (context, { body }) => jobs.createMany(context, body));
  http.mount(jobRoutes.read, (context, { params }) => jobs.read(context, params.id));
  http.mount(jobRoutes.cancel, (context, { params }) => jobs.cancel(context, params.id));
}
