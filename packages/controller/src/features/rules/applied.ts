import {
  RULE_EXCEPTIONS_MAX,
  RULE_SWITCHES_MAX,
  type ContentManifest,
  type RuleException,
  type RuleSwitch,
} from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import {
  appliedRepository,
  type AppliedException,
  type AppliedSwitch,
  type PlacedDevice,
} from './applied-repository.ts';
import { manifestsOf } from './content/manifest.ts';

/** What of rules a device is told. */
export interface AppliedRules {
  readonly switches: readonly RuleSwitch[];
  readonly exceptions: readonly RuleException[];
  readonly content: ContentManifest | null;
}

/** Text of all exceptions of a device: its signed settings have to fit into one envelope. */
const EXCEPTIONS_TEXT_MAX = 200_000;

/** What devices are told of rules. Devices for which the same holds get one and the same object. */
export async function appliedRules(
  tx: Transaction,
  devices: readonly PlacedDevice[],
  nowMs: number,
): Promise<ReadonlyMap<string, AppliedRules>> {
  const repository = appliedRepository(tx);
  const switches = Map.groupBy(await repository.switches(devices), ({ deviceId }) => deviceId);
  const exceptions = Map.groupBy(
    await repository.exceptions(devices, nowMs),
    ({ deviceId }) => deviceId,
  );
  const manifests = await manifestsOf(tx, [...new Set(devices.map(({ tenantId }) => tenantId))]);
  const known = new Map<string, AppliedRules>();
  return new Map(
    devices.map(({ deviceId, tenantId }) => {
      const own = switches.get(deviceId) ?? [];
      const excepted = exceptions.get(deviceId) ?? [];
      const key = [
        tenantId,
        ...own.map(({ id }) => id),
        '',
        ...excepted.map(({ id }) => id),
      ].join();
      const applied = known.get(key) ?? {
        switches: switchesOf(own),
        exceptions: exceptionsOf(excepted),
        content: manifests.get(tenantId) ?? null,
      };
      known.set(key, applied);
      return [deviceId, applied];
    }),
  );
}

function switchesOf(applied: readonly AppliedSwitch[]): RuleSwitch[] {
  const settings = new Map(applied.map(({ ruleId, setting }) => [ruleId, setting]));
  return [...settings]
    .flatMap(([ruleId, setting]) => (setting === 'on' ? [] : [{ ruleId, setting }]))
    .slice(0, RULE_SWITCHES_MAX);
}

function exceptionsOf(applied: readonly AppliedException[]): RuleException[] {
  let length = 0;
  return applied
    .slice(0, RULE_EXCEPTIONS_MAX)
    .map(({ id, ruleId, selection, reason, expiresAt }) => ({
      id,
      ruleId,
      selection,
      reason,
      expiresAt,
    }))
    .filter((exception) => {
      length += JSON.stringify(exception).length;
      return length <= EXCEPTIONS_TEXT_MAX;
    });
}
