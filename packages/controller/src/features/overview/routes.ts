import { platformRoutes } from '@wardgrid/wire';
import type { Http } from '../../platform/http.ts';
import type { createOverview } from './service.ts';

export function mountOverviewRoutes(http: Http, overview: ReturnType<typeof createOverview>): void {
  http.mount(platformRoutes.overview, (context) => overview.overview(context));
  http.mount(platformRoutes.health, (context) => overview.health(context));
}
