import {
  PRODUCT_VERSION,
  type JobTask,
  type ProtectionPolicy,
  type ProtectionSettings,
} from '@wardgrid/wire';
import { createChain, silentAfterMs, type Chain } from './chain.ts';
import type { Config } from './config.ts';
import { createAccountsFeature, type AccountsFeature } from './features/accounts/index.ts';
import { revokedControllers, servingControllers } from './features/controllers/index.ts';
import {
  createDevicesFeature,
  makeSettingsDue,
  sweepIntervalMs,
  type DevicesFeature,
} from './features/devices/index.ts';
import { createDiscoveryFeature, type DiscoveryFeature } from './features/discovery/index.ts';
import { createEventsFeature } from './features/events/index.ts';
import { createFindingsFeature, type FindingsFeature } from './features/findings/index.ts';
import { createIncidentsFeature } from './features/incidents/index.ts';
import {
  createJobsFeature,
  type JobDeps,
  type JobsFeature,
  type PreparedTask,
} from './features/jobs/index.ts';
import { createLinkFeature, type LinkDeps, type LinkFeature } from './features/link/index.ts';
import { createLiveFeature } from './features/live/index.ts';
import { createOverviewFeature } from './features/overview/index.ts';
import { createPoliciesFeature, type PoliciesFeature } from './features/policies/index.ts';
import { createQuarantineFeature } from './features/quarantine/index.ts';
import {
  createRulesFeature,
  type AppliedRules,
  type RulesFeature,
} from './features/rules/index.ts';
import { createSeatLeases, type SeatLeases, type SyncType } from './features/sync/index.ts';
import { createTenantsFeature, type TenantsFeature } from './features/tenants/index.ts';
import { addressReader } from './platform/client-address.ts';
import { ControllerError } from './platform/error.ts';
import type { Platform } from './platform/services.ts';

/** The features that the program itself asks something of. */
export interface Features {
  readonly tenants: TenantsFeature;
  readonly accounts: AccountsFeature;
  readonly chain: Chain;
  /** Runs the workers until aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** What the configuration tells the features. */
export interface FeatureOptions {
  readonly config: Config;
  /** What syncs, as this release knows it. */
  readonly syncTypes: readonly SyncType[];
  /** Where the rules of the product lie. */
  readonly rulesFolder: string;
  /** SHA-256 of the own authority's certificate (base64url), when the controller serves with it. */
  readonly caFingerprint: string | null;
  /** PEM of that authority. */
  readonly authority: string | null;
}

/** What the link tells devices of controllers. */
const SERVED = { controllersOf: servingControllers, revokedOf: revokedControllers };

/**
 * Makes every feature and gives each what it asked for: the one place where they meet. Devices, jobs and
 * the link know nothing of each other: each is handed over when all are.
 */
export function createFeatures(platform: Platform, options: FeatureOptions): Features {
  const { exchangeIntervalMs, trustedProxies } = options.config;
  const seats = createSeatLeases(platform);
  const tenants = createTenantsFeature(platform, { seatsOf: seats.stateOf });
  const accounts = createAccountsFeature(platform, { tenants, trustedProxies });
  const rules = createRulesFeature(platform, { rulesFolder: options.rulesFolder, makeSettingsDue });
  const { incidents, findings } = createHandling(platform, { exchangeIntervalMs, rules });
  const discovery = createDiscoveryFeature(platform, { findings });
  const devices: DevicesFeature = createDevicesFeature(platform, {
    incidents,
    onRetired: async (tx, deviceIds) => {
      await jobs.endOfRetired(tx, deviceIds);
      await discovery.devicesLeft(tx, deviceIds);
    },
    onMoved: discovery.devicesMoved,
    caFingerprint: options.caFingerprint,
    exchangeIntervalMs,
    controllerSilentMs: silentAfterMs(options.config),
  });
  const jobs: JobsFeature = createJobsFeature(platform, {
    devices: devices.forJobs,
    live: () => link.live,
    prepare: preparation(platform, discovery),
  });
  const protection = createProtection(platform, { devices, jobs, findings, rules });
  const link: LinkFeature = createLinkFeature(platform, {
    devices: devices.link,
    jobs: jobs.link,
    licenceOf: licenceWithSeats(tenants, seats),
    discovery,
    incidents,
    ...protection.forLink,
    ...SERVED,
    addressOf: addressReader(trustedProxies),
    requireNotBlocked: accounts.requireNotBlocked,
    onEnrolmentRefused: accounts.noteEnrolmentRefused,
    exchangeIntervalMs,
  });
  const live = createLiveFeature(platform);
  const chain = createChain(platform, {
    ...options,
    tenants,
    accounts,
    ...forChain({ discovery, jobs, findings, protection }),
  });
  const overview = createOverview(platform, link);
  return {
    tenants,
    accounts,
    chain,
    async start(signal) {
      signal.addEventListener('abort', overview.close, { once: true });
      await startAll(
        [accounts, incidents, devices, jobs, protection, link, live, chain, seats],
        signal,
      );
    },
  };
}

/** Runs the work of features until the signal. */
async function startAll(
  features: readonly { readonly start: (signal: AbortSignal) => Promise<void> }[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(features.map((feature) => feature.start(signal)));
}

function createOverview(platform: Platform, link: LinkFeature) {
  return createOverviewFeature(platform, {
    controllerId: platform.keys.controllerId,
    version: PRODUCT_VERSION,
    role: platform.place.role,
    startedAt: platform.clock.now(),
    connectedDevices: link.connectedCount,
    exchangesPerMinute: link.exchangesPerMinute,
    dependencies: () => Promise.resolve([]),
  });
}

/** What people handle: findings are put into incidents, and end with them. */
function createHandling(
  platform: Platform,
  given: {
    readonly exchangeIntervalMs: number;
    readonly rules: RulesFeature;
  },
) {
  const incidents = createIncidentsFeature(platform, {
    exchangeIntervalMs: given.exchangeIntervalMs,
    sweepIntervalMs: sweepIntervalMs(given.exchangeIntervalMs),
    resolveFindings: (tx, about) => findings.resolveOfIncident(tx, about),
  });
  const findings: FindingsFeature = createFindingsFeature(platform, { incidents, ...given.rules });
  return { incidents, findings };
}

/** The licence as enrolment may take seats from it here. */
function licenceWithSeats(tenants: TenantsFeature, seats: SeatLeases): LinkDeps['licenceOf'] {
  return async (tx, tenantId) => {
    const licence = await tenants.licences.current(tx, tenantId);
    return licence && seats.licenceFor(tx, tenantId, licence);
  };
}

/** The features of protection, and what the link asks of them. */
function createProtection(
  platform: Platform,
  given: {
    readonly devices: DevicesFeature;
    readonly jobs: JobsFeature;
    readonly findings: FindingsFeature;
    readonly rules: RulesFeature;
  },
) {
  const { findings, devices, rules } = given;
  const { settingsVersions } = devices;
  const policies = createPoliciesFeature(platform, { makeSettingsDue, settingsVersions });
  const quarantine = createQuarantineFeature(platform, { order: given.jobs.order });
  const events = createEventsFeature(platform);
  const forLink: Pick<LinkDeps, 'protectionOf' | 'makeSettingsDue' | 'protection' | 'content'> = {
    protectionOf: protectionOf(policies, rules),
    makeSettingsDue,
    content: rules.content,
    protection: {
      findings: findings.takeThreats,
      files: quarantine.take,
      events: events.take,
      changed: findings.protectionChanged,
    },
  };
  return {
    forLink,
    reapplyPolicy: policies.reapply,
    async start(signal: AbortSignal): Promise<void> {
      await Promise.all([events, policies, rules].map((feature) => feature.start(signal)));
    },
  };
}

/** What the chain of command asks of the features whose rows it carries. */
function forChain(given: {
  readonly discovery: DiscoveryFeature;
  readonly jobs: JobsFeature;
  readonly findings: FindingsFeature;
  readonly protection: ReturnType<typeof createProtection>;
}) {
  const { keeperChanged } = given.discovery;
  const updatePolicy = given.protection.reapplyPolicy;
  return { ...given.findings, keeperChanged, updatePolicy, jobsArrived: given.jobs.arrived };
}

/** What the link tells devices to run. Devices of the same policy and rules get one and the same object. */
function protectionOf(policies: PoliciesFeature, rules: RulesFeature): LinkDeps['protectionOf'] {
  return async (tx, devices) => {
    const made = new Map<ProtectionPolicy, Map<AppliedRules, ProtectionSettings>>();
    const settingsOf = (policy: ProtectionPolicy, applied: AppliedRules): ProtectionSettings => {
      const ofPolicy = made.get(policy) ?? new Map<AppliedRules, ProtectionSettings>();
      const { switches, exceptions, content } = applied;
      const settings = ofPolicy.get(applied) ?? {
        policy,
        switches: [...switches],
        exceptions: [...exceptions],
        content,
      };
      made.set(policy, ofPolicy.set(applied, settings));
      return settings;
    };
    const effective = await policies.effective(tx, devices);
    const applied = await rules.applied(tx, devices);
    return new Map(
      [...effective].flatMap(([deviceId, policy]) => {
        const ofDevice = applied.get(deviceId);
        return ofDevice ? [[deviceId, settingsOf(policy, ofDevice)] as const] : [];
      }),
    );
  };
}

/**
 * Scans are prepared by discovery, which knows networks. Devices of one place and network get one answer,
 * so that a bulk request costs as much as it has networks.
 */
function preparation(platform: Platform, discovery: DiscoveryFeature): JobDeps['prepare'] {
  return (context, { task, devices }) =>
    platform.database.transact({ kind: 'ingest', actor: context.actor }, async (tx) => {
      const outcomes = new Map<string, PreparedTask>();
      const prepared: PreparedTask[] = [];
      for (const device of devices) {
        const { scope, primaryCidr, gatewayMac } = device;
        const place = JSON.stringify([scope, primaryCidr, gatewayMac]);
        const outcome =
          outcomes.get(place) ??
          (await discovery.prepare(tx, context, { device, task }).then(readyOf, refusalOf));
        outcomes.set(place, outcome);
        prepared.push(outcome);
      }
      return prepared;
    });
}

function readyOf(task: JobTask): PreparedTask {
  return { kind: 'ready', task };
}

/** Problems of the request itself are everybody's; those of a device are its own. */
function refusalOf(error: unknown): PreparedTask {
  if (!(error instanceof ControllerError) || !/^(?:network|device)-/.test(error.code)) throw error;
  return { kind: 'refused', error };
}
