import { platformRoutes } from '@wardgrid/wire';
import type { Http } from '../../platform/http.ts';
import type { createHealth, createOverview } from './service.ts';

interface Services {
  readonly overview: ReturnType<typeof createOverview>;
  readonly health: ReturnType<typeof createHealth>;
}

export function mountOverviewRoutes(http: Http, { overview, health }: Services): void {
  http.mount(platformRoutes.overview, (context) => overview.overview(context));
  http.mount(platformRoutes.health, (context) => health.health(context));
}
