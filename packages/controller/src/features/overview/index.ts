/**
 * The numbers of the first page and how this controller is doing. Owns no table: it counts what the
 * caller may see. It must not draw conclusions; it shows what others know.
 */
import type { Platform } from '../../platform/services.ts';
import { createProcessMeter } from './process-meter.ts';
import { mountOverviewRoutes } from './routes.ts';
import { createHealth, createOverview, type SystemFacts } from './service.ts';

export type { SystemFacts } from './service.ts';

/** Measures the process while it runs. */
export interface OverviewFeature {
  readonly close: () => void;
}

export function createOverviewFeature(platform: Platform, facts: SystemFacts): OverviewFeature {
  const meter = createProcessMeter();
  mountOverviewRoutes(platform.http, {
    overview: createOverview(platform),
    health: createHealth(platform, facts, meter),
  });
  return { close: meter.close };
}
