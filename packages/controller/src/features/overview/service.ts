import {
  instantOf,
  Severity,
  type Overview,
  type Permission,
  type SystemHealth,
} from '@wardgrid/wire';
import { decideAnywhere } from '../../platform/authorize.ts';
import type { Context } from '../../platform/context.ts';
import { transactAs, type Platform } from '../../platform/services.ts';
import { overviewRepository, type AssetStateName, type Tally } from './repository.ts';
import type { ProcessMeter } from './process-meter.ts';

/** What the rest of the controller tells about itself. */
export interface SystemFacts {
  readonly controllerId: string;
  readonly version: string;
  readonly role: SystemHealth['role'];
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Devices whose live link is open on this controller. */
  readonly connectedDevices: () => number;
  /** Exchanges in the last minute on this controller. */
  readonly exchangesPerMinute: () => number;
  /** How what the controller leans on is doing, beside the database. */
  readonly dependencies: () => Promise<readonly SystemHealth['dependencies'][number][]>;
}

/** A database that takes longer than this to say what it is, is in trouble. */
const DATABASE_SLOW_MS = 500;

/** The numbers of the first page. */
export function createOverview(platform: Platform) {
  function may(context: Context, permission: Permission): boolean {
    return decideAnywhere(context.actor, permission, platform.clock.now()).kind === 'allowed';
  }

  return {
    /** Counts of what the caller sees; what they may not see counts as none. */
    overview: (context: Context): Promise<Overview> =>
      transactAs(platform, { actor: context.actor, permission: 'devices:read' }, async (tx) => {
        const repository = overviewRepository(tx);
        const devices = await repository.devices();
        const assets: Tally<AssetStateName> = may(context, 'assets:read')
          ? await repository.assets()
          : new Map();
        const findings: Tally<Severity> = may(context, 'findings:read')
          ? await repository.findings()
          : new Map();
        const openIncidents = may(context, 'incidents:read') ? await repository.openIncidents() : 0;
        return {
          counts: {
            devices: totalOf(devices),
            online: devices.get('online') ?? 0,
            openFindings: totalOf(findings),
            openIncidents,
            worstSeverity:
              Severity.options.findLast((severity) => (findings.get(severity) ?? 0) > 0) ?? null,
          },
          devicesByStatus: tallied(['online', 'offline', 'overdue', 'unknown'], devices),
          assetsByState: tallied(['managed', 'unmanaged', 'stale', 'ignored'], assets),
          findingsBySeverity: tallied(Severity.options, findings),
          graceDevices: await repository.graceDevices(),
          runningJobs: may(context, 'jobs:read') ? await repository.runningJobs() : 0,
          tenants: may(context, 'tenants:read') ? await repository.tenants() : 0,
          organizations: may(context, 'organizations:read') ? await repository.organizations() : 0,
        };
      }),
  };
}

/** How this controller is doing. */
export function createHealth(platform: Platform, facts: SystemFacts, meter: ProcessMeter) {
  return {
    /** How this controller is doing. */
    health: async (context: Context): Promise<SystemHealth> => {
      const startedMs = platform.clock.monotonic();
      const database = await transactAs(
        platform,
        { actor: context.actor, permission: 'platform:read' },
        (tx) => overviewRepository(tx).database(),
      );
      const tookMs = Math.round(platform.clock.monotonic() - startedMs);
      const waiting = platform.database.pool.waitingCount;
      const isSlow = tookMs > DATABASE_SLOW_MS || waiting > 0;
      return {
        controllerId: facts.controllerId,
        version: facts.version,
        role: facts.role,
        startedAt: instantOf(facts.startedAt),
        databaseVersion: database.version,
        databaseBytes: database.bytes,
        ...meter.read(),
        connectedDevices: facts.connectedDevices(),
        exchangesPerMinute: facts.exchangesPerMinute(),
        dependencies: [
          {
            name: 'database',
            state: isSlow ? 'degraded' : 'ok',
            detail: `PostgreSQL ${database.version} answered in ${tookMs} ms; ${waiting} requests wait for a connection`,
          },
          ...(await facts.dependencies()),
        ],
      };
    },
  };
}

function totalOf(tally: Tally<string>): number {
  return [...tally.values()].reduce((sum, count) => sum + count, 0);
}

/** The tally with every kind, none left out. */
function tallied<Kind extends string>(
  kinds: readonly Kind[],
  tally: Tally<Kind>,
): Record<Kind, number> {
  return Object.fromEntries(kinds.map((kind) => [kind, tally.get(kind) ?? 0])) as Record<
    Kind,
    number
  >;
}
