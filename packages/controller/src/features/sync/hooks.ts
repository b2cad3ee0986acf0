import type { LiveEvent } from '@wardgrid/wire';
import { announceAll } from '../../platform/announce.ts';
import type { Transaction } from '../../platform/database.ts';
import type { Applied, AppliedHook } from './applied.ts';
import { contentRepository } from './content-repository.ts';
import { NOUN_OF } from './nouns.ts';

/** What the features do about what other controllers changed, in the transaction that wrote it. */
export interface HookDeps {
  readonly now: () => number;
  readonly devicesArrived: (
    tx: Transaction,
    tenantId: string,
    given: {
      readonly ids: readonly string[];
      readonly heardIds: readonly string[];
      readonly isCountChanged: boolean;
    },
  ) => Promise<void>;
  readonly makeSettingsDue: (tx: Transaction, where: SettingsPlace) => Promise<void>;
  /** Jobs that are new here or that are to be cancelled: orders are made for the devices that this controller serves. */
  readonly jobsArrived: (tx: Transaction, ids: readonly string[]) => Promise<void>;
}

type SettingsPlace =
  | { readonly kind: 'scope'; readonly scope: string }
  | { readonly kind: 'devices'; readonly deviceIds: readonly string[] };

/** What decides the settings of the devices at and below where it lies. */
const OF_SETTINGS: ReadonlySet<string> = new Set([
  'controller',
  'policy',
  'rule_switch',
  'rule_exception',
  'rule_set',
]);

/** Tells consoles, forgets what is cached, makes settings due, brings orders on their way. */
export function appliedHook(deps: HookDeps): AppliedHook {
  return async (tx, tenantId, applied) => {
    if (applied.length === 0) return;
    await tellDevices(tx, deps, { tenantId, applied });
    if (ofType(applied, 'rule_set').length > 0) {
      await contentRepository(tx).tenantChanged(tenantId);
    }
    await makeDue(tx, deps, applied);
    await forget(tx, tenantId, applied);
    const jobs = ofType(applied, 'job').filter(({ kind }) => kind !== 'removed');
    if (jobs.length > 0) {
      await deps.jobsArrived(
        tx,
        jobs.map(({ id }) => id),
      );
    }
    await tell(tx, deps, { tenantId, applied });
  };
}

function ofType(applied: readonly Applied[], name: string): Applied[] {
  return applied.filter(({ type }) => type.name === name);
}

interface Given {
  readonly tenantId: string;
  readonly applied: readonly Applied[];
}

async function tellDevices(
  tx: Transaction,
  deps: HookDeps,
  { tenantId, applied }: Given,
): Promise<void> {
  const devices = ofType(applied, 'device');
  if (devices.length === 0) return;
  const here = devices.filter(({ kind }) => kind !== 'removed');
  await deps.devicesArrived(tx, tenantId, {
    ids: here
      .filter(
        ({ kind, columns }) => kind === 'created' || columns.has('scope') || columns.has('state'),
      )
      .map(({ id }) => id),
    heardIds: here.filter(({ columns }) => columns.has('presence')).map(({ id }) => id),
    isCountChanged: devices.some(({ kind, columns }) => kind !== 'changed' || columns.has('state')),
  });
}

async function makeDue(
  tx: Transaction,
  deps: HookDeps,
  applied: readonly Applied[],
): Promise<void> {
  const scopes = new Set<string>();
  const devices = new Set<string>();
  for (const { type, scope, values, id, columns } of applied) {
    if (type.name === 'device' && columns.has('scope')) devices.add(id);
    if (!OF_SETTINGS.has(type.name)) continue;
    const deviceId = values['device_id'];
    if (typeof deviceId === 'string') devices.add(deviceId);
    else if (scope !== '') scopes.add(scope);
  }
  for (const scope of scopes) await deps.makeSettingsDue(tx, { kind: 'scope', scope });
  if (devices.size > 0)
    await deps.makeSettingsDue(tx, { kind: 'devices', deviceIds: [...devices] });
}

async function forget(
  tx: Transaction,
  tenantId: string,
  applied: readonly Applied[],
): Promise<void> {
  for (const { id } of ofType(applied, 'account')) {
    await tx.publish({ topic: 'account.changed', accountId: id });
  }
  if (applied.some(({ type }) => type.name === 'tenant' || type.name === 'licence')) {
    await tx.publish({ topic: 'tenant.changed', tenantId });
  }
}

async function tell(tx: Transaction, deps: HookDeps, { tenantId, applied }: Given): Promise<void> {
  const groups = new Map<
    string,
    { noun: LiveEvent['noun']; verb: LiveEvent['verb']; things: Applied[] }
  >();
  for (const one of applied) {
    const noun = NOUN_OF[one.type.name]?.noun;
    // What has no id of its own belongs to a thing that is told of.
    if (noun === undefined || one.type.key[0] !== 'id') continue;
    const key = `${noun} ${one.kind}`;
    const group = groups.get(key) ?? { noun, verb: one.kind, things: [] };
    group.things.push(one);
    groups.set(key, group);
  }
  for (const { noun, verb, things } of groups.values()) {
    const told = things.map(({ id, scope }) => ({
      // What is known by a tenant alone is shown as the tenant.
      id: noun === 'tenants' ? tenantId : id,
      tenantId,
      scope,
    }));
    await announceAll(tx, { noun, verb, nowMs: deps.now() }, told);
  }
}
