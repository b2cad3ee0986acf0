/**
 * What rules say: of machines and their ports, and of what happens on devices. Owns the tables
 * `finding`, `finding_detection` and `finding_observable`, the rules about network scans, and which
 * findings of engines belong together. It must not know how a scan is done or stored: who scanned
 * reports what was seen and what was looked at.
 */
import type { Platform } from '../../platform/services.ts';
import { mountFindingRoutes } from './routes.ts';
import { createProtectionFindings } from './protection.ts';
import { createFindingDoor, createFindings, type FindingDoor } from './service.ts';
import type { ThreatIncidents } from './threats/correlate.ts';
import { createRogueFindings } from './rogues/service.ts';
import { createThreats, type ExceptionsOf } from './threats/service.ts';

export { judgeAsset, judgePort } from './judge.ts';
export type { JudgedAsset, JudgedPort, Observation } from './judge.ts';
export type { ExaminedPort, FindingPlace } from './repository.ts';

/** What findings need of the rest of the controller; `app.ts` hands it over. */
export interface FindingDeps {
  readonly incidents: ThreatIncidents;
  readonly exceptionsOf: ExceptionsOf;
}

/** What other features may ask. */
export interface FindingsFeature extends Pick<
  FindingDoor,
  'report' | 'assign' | 'resolveOfIncident'
> {
  /** Takes in what engines on devices found. */
  readonly takeThreats: ReturnType<typeof createThreats>;
  /** To be told of whoever announces itself as a controller and is not believed. */
  readonly noteRogue: ReturnType<typeof createRogueFindings>['noteRogue'];
  /** To be told of whoever wanted to join as a controller and was turned away. */
  readonly noteTurnedAway: ReturnType<typeof createRogueFindings>['noteTurnedAway'];
  /** To be told of what controllers notice of each other. */
  readonly noteAlarm: ReturnType<typeof createRogueFindings>['noteAlarm'];
  /** To be told of devices whose protection is another. */
  readonly protectionChanged: ReturnType<typeof createProtectionFindings>;
}

export function createFindingsFeature(platform: Platform, deps: FindingDeps): FindingsFeature {
  const door = createFindingDoor(platform);
  const { announce } = door;
  mountFindingRoutes(platform.http, createFindings(platform, door));
  return {
    ...door,
    takeThreats: createThreats({ ...platform, ...deps, announce }),
    ...createRogueFindings({ ...platform, announce }),
    protectionChanged: createProtectionFindings({ ...platform, announce }),
  };
}
