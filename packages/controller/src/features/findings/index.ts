/**
 * What rules say of machines and their ports. Owns the table `finding` and the rules about network
 * scans. It must not know how a scan is done or stored: who scanned reports what was seen and what
 * was looked at.
 */
import type { Platform } from '../../platform/services.ts';
import { mountFindingRoutes } from './routes.ts';
import { createFindingDoor, createFindings, type FindingDoor } from './service.ts';

export { judgeAsset, judgePort } from './judge.ts';
export type { JudgedAsset, JudgedPort, Observation } from './judge.ts';
export type { ExaminedPort, FindingPlace } from './repository.ts';

/** What other features may ask. */
export type FindingsFeature = Pick<FindingDoor, 'report' | 'assign'>;

export function createFindingsFeature(platform: Platform): FindingsFeature {
  const door = createFindingDoor(platform);
  mountFindingRoutes(platform.http, createFindings(platform, door));
  return door;
}
