import { canonicalJson, type Clock } from '@wardgrid/base';
import { sealCommand } from '@wardgrid/trust';
import {
  DEFAULT_PROTECTION,
  type AgentSettings,
  type ProtectionSettings,
  type ServingController,
} from '@wardgrid/wire';
import type { Database, Transaction } from '../../platform/database.ts';
import type { Keys } from '../../platform/keys.ts';
import { sha256, type SettingsAssignment, type SettingsState } from '../devices/index.ts';
import { createBatcher } from './batcher.ts';
import type { LinkDeps } from './deps.ts';
import { linkRepository } from './repository.ts';

/** A device whose exchange was accepted, with what it runs and what we know it should run. */
export interface SettingsAsker {
  readonly deviceId: string;
  readonly runningVersion: number;
  readonly wantedVersion: number;
  /** The wanted version may be out of date: what decides it changed. */
  readonly isDue: boolean;
}

/** The agents' settings, computed and numbered for each device, signed by its tenant. */
export interface SettingsSource {
  /** The envelope as JSON text when the device should run other settings, else null. */
  readonly newerThan: (asker: SettingsAsker) => Promise<string | null>;
}

export interface SettingsOptions {
  readonly clock: Clock;
  readonly keys: Keys;
  readonly database: Database;
  readonly devices: Pick<LinkDeps['devices'], 'settingsOf' | 'assignSettings'>;
  readonly protectionOf: LinkDeps['protectionOf'];
  readonly controllersOf: LinkDeps['controllersOf'];
  readonly revokedOf: LinkDeps['revokedOf'];
  readonly makeSettingsDue: LinkDeps['makeSettingsDue'];
  readonly exchangeIntervalMs: number;
}

/** Devices tell their whole inventory this often; changes come at once. */
const INVENTORY_INTERVAL_MS = 12 * 3_600_000;
/** Devices in one transaction: after a change of a large tenant many ask at once. */
const BATCH_MAX = 200;
const QUEUE_MAX = 20_000;
const BATCH_WAIT_MS = 5;
/** Signed envelopes kept at hand; devices of one place and number share one. */
const ENVELOPES_MAX = 1_000;
/** Devices that were given newer settings and did not take them yet. */
const GIVEN_MAX = 10_000;
/** Version numbers are whole numbers of PostgreSQL; a device that claims more stays where it is. */
const VERSION_MAX = 2_147_483_646;

export function createSettings(options: SettingsOptions): SettingsSource {
  const { database, devices, exchangeIntervalMs } = options;
  const wanted = { exchangeIntervalMs, inventoryIntervalMs: INVENTORY_INTERVAL_MS };
  const seal = createSealer(options);
  const given = new Map<string, { readonly version: number; readonly text: string | null }>();
  const lane = createBatcher<SettingsAsker, string | null>({
    clock: options.clock,
    sizeMax: BATCH_MAX,
    queueMax: QUEUE_MAX,
    batchesMax: 1,
    waitMs: BATCH_WAIT_MS,
    keyOf: ({ deviceId }) => deviceId,
    run: assign,
  });
  let agreed: Promise<void> | undefined;

  /** Once: devices are told anew when this controller is configured otherwise, or another release. */
  function agree(): Promise<void> {
    agreed ??= agreeOnce(options, wanted).catch((error: unknown) => {
      agreed = undefined;
      throw error;
    });
    return agreed;
  }

  async function assign(askers: readonly SettingsAsker[]): Promise<(string | null)[]> {
    const ids = askers.map(({ deviceId }) => deviceId);
    const planned = await database.transact({ kind: 'ingest' }, async (tx) => {
      const states = await devices.settingsOf(tx, ids);
      const plans = await planOf(tx, { ...options, states, wanted });
      await devices.assignSettings(tx, plans);
      return plans;
    });
    const plans = new Map(planned.map((one) => [one.deviceId, one]));
    return Promise.all(
      askers.map(async ({ deviceId, runningVersion }) => {
        const found = plans.get(deviceId);
        if (!found) return null;
        const text = found.version === runningVersion ? null : await seal(found);
        if (given.size >= GIVEN_MAX) given.delete(given.keys().next().value ?? '');
        given.set(deviceId, { version: found.version, text });
        return text;
      }),
    );
  }

  return {
    async newerThan(asker) {
      await agree();
      const { runningVersion, wantedVersion, isDue } = asker;
      if (!isDue && runningVersion === wantedVersion) return null;
      const known = given.get(asker.deviceId);
      const isKnown = !isDue && known?.version === wantedVersion && runningVersion < wantedVersion;
      if (isKnown && known.text !== null) return known.text;
      return lane.add(asker);
    },
  };
}

type Body = Omit<AgentSettings, 'type' | 'tenantId' | 'version' | 'issuedAt'>;

interface Plan extends SettingsAssignment {
  readonly tenantId: string;
  readonly body: Body;
}

type Intervals = Pick<AgentSettings, 'exchangeIntervalMs' | 'inventoryIntervalMs'>;

/** What devices are to run, each with its number. Devices of one policy are hashed once. */
async function planOf(
  tx: Transaction,
  given: {
    readonly states: readonly SettingsState[];
    readonly protectionOf: SettingsOptions['protectionOf'];
    readonly controllersOf: SettingsOptions['controllersOf'];
    readonly revokedOf: SettingsOptions['revokedOf'];
    readonly wanted: Intervals;
  },
): Promise<Plan[]> {
  const protections = await given.protectionOf(tx, given.states);
  const serving = await given.controllersOf(tx, given.states);
  const tenantIds = new Set(given.states.map(({ tenantId }) => tenantId));
  const revoked = await given.revokedOf(tx, [...tenantIds]);
  const digests = new Map<ProtectionSettings, string>();
  const listDigests = new Map<readonly ServingController[], string>();
  return given.states.flatMap((state) => {
    const protection = protections.get(state.deviceId);
    if (!protection) return [];
    const shared =
      digests.get(protection) ?? sha256(canonicalJson({ ...given.wanted, protection }));
    digests.set(protection, shared);
    const controllers = serving.get(state.deviceId) ?? [];
    const list = listDigests.get(controllers) ?? sha256(canonicalJson(controllers));
    listDigests.set(controllers, list);
    const gone = revoked.get(state.tenantId) ?? [];
    const body = {
      ...given.wanted,
      protection,
      scope: state.scope,
      controllers: [...controllers],
      ...(gone.length === 0 ? {} : { revokedControllers: [...gone] }),
    };
    const digest = sha256([shared, state.scope, list, ...gone].join(' '));
    const contentDigest = protection.content?.digest ?? null;
    return [{ ...state, version: versionOf(state, digest), digest, contentDigest, body }];
  });
}

/**
 * The number stays while what it says stays; otherwise it goes beyond what was given and what runs,
 * since a device takes nothing older. What runs may be ahead of us after a restore of our database.
 */
function versionOf(state: SettingsState, digest: string): number {
  const isSame = digest === state.wantedDigest && state.runningVersion <= state.wantedVersion;
  if (isSame) return state.wantedVersion;
  return Math.min(Math.max(state.wantedVersion, state.runningVersion) + 1, VERSION_MAX);
}

function createSealer({ clock, keys }: Pick<SettingsOptions, 'clock' | 'keys'>) {
  const envelopes = new Map<string, string>();
  return async function seal({ tenantId, version, digest, body }: Plan): Promise<string> {
    const key = `${tenantId} ${digest} ${version}`;
    const known = envelopes.get(key);
    if (known !== undefined) return known;
    const payload: AgentSettings = {
      type: 'settings',
      tenantId,
      version,
      issuedAt: clock.now(),
      ...body,
    };
    const text = JSON.stringify(sealCommand(await keys.commander(tenantId), payload));
    if (envelopes.size >= ENVELOPES_MAX) envelopes.delete(envelopes.keys().next().value ?? '');
    envelopes.set(key, text);
    return text;
  };
}

/** Compares what every device's settings rest on with what it was; when it is new, all are due. */
async function agreeOnce(
  { database, makeSettingsDue }: SettingsOptions,
  wanted: Intervals,
): Promise<void> {
  const digest = sha256(canonicalJson({ ...wanted, protection: DEFAULT_PROTECTION }));
  const isNew = await database.transact({ kind: 'auth' }, async (tx) => {
    const repository = linkRepository(tx);
    if ((await repository.findBasis()) === digest) return false;
    await repository.saveBasis(digest);
    return true;
  });
  if (isNew)
    await database.transact({ kind: 'ingest' }, (tx) => makeSettingsDue(tx, { kind: 'all' }));
}
