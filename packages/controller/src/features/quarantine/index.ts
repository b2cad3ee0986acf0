/**
 * The sealed stores of devices as one list, and what people order about a file in one. Owns the table
 * `quarantine_entry`. It must not decide what becomes of a file: an entry follows what its device says,
 * and what people ask for goes to the device as a job.
 */
import type { Platform } from '../../platform/services.ts';
import type { QuarantineDeps } from './deps.ts';
import { createIntake } from './intake.ts';
import { mountQuarantineRoutes } from './routes.ts';
import { createQuarantine } from './service.ts';

/** What other features may ask. */
export interface QuarantineFeature {
  /** Takes in what devices say of their sealed stores. */
  readonly take: ReturnType<typeof createIntake>;
}

export function createQuarantineFeature(
  platform: Platform,
  deps: QuarantineDeps,
): QuarantineFeature {
  mountQuarantineRoutes(platform.http, createQuarantine(platform, deps));
  return { take: createIntake(platform) };
}
