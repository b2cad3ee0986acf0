import type { Json } from '@wardgrid/base';
import {
  instantOf,
  instantOrNull,
  type Conflict,
  type ListQuery,
  type Page,
  type TenantId,
} from '@wardgrid/wire';
import { codeOf } from '@wardgrid/base';
import type { Context } from '../../../platform/context.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import { referenceOf } from '../../../platform/person.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../../platform/services.ts';
import type { AppliedHook } from '../applied.ts';
import { NOUN_OF } from '../nouns.ts';
import { typedRepository } from '../typed-repository.ts';
import type { SyncType } from '../types/index.ts';
import { keyOf } from '../write.ts';
import { conflictRepository, type ConflictRow } from './repository.ts';

/** What looking after conflicts needs of the rest. */
export interface ConflictDeps {
  readonly types: readonly SyncType[];
  readonly onApplied: AppliedHook;
  /** Saves a policy with the rights of a person, as the policies do it. */
  readonly updatePolicy: (
    context: Context,
    id: string,
    change: Readonly<Record<string, Json>>,
  ) => Promise<void>;
}

/** Changes that did not come to stand, for people. */
export interface Conflicts {
  readonly list: (context: Context, query: ListQuery) => Promise<Page<Conflict>>;
  readonly read: (context: Context, id: string) => Promise<Conflict>;
  readonly reapply: (
    context: Context,
    id: string,
    fields: readonly string[] | null,
  ) => Promise<Conflict>;
  readonly dismiss: (context: Context, id: string) => Promise<Conflict>;
}

export function createConflicts(platform: Platform, deps: ConflictDeps): Conflicts {
  async function find(context: Context, id: string): Promise<ConflictRow> {
    const access = { actor: context.actor, permission: 'sync:read' } as const;
    const row = await transactAs(platform, access, (tx) => conflictRepository(tx).find(id));
    if (!row) throw notFound('conflict');
    return row;
  }

  /** The conflict, if it is open and the actor may settle it. */
  async function openFor(context: Context, id: string): Promise<ConflictRow> {
    const row = await find(context, id);
    const access = { actor: context.actor, permission: 'sync:manage', noun: 'conflict' } as const;
    requireAllowed(platform, access, { tenantId: row.tenant_id, scope: row.scope });
    if (row.state === 'open') return row;
    throw new ControllerError('conflict-resolved', `it was ${row.state}`);
  }

  const read = async (context: Context, id: string): Promise<Conflict> =>
    conflictOf(await find(context, id));

  return {
    read,
    list: (context, query) =>
      transactAs(platform, { actor: context.actor, permission: 'sync:read' }, async (tx) => {
        const page = await conflictRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => conflictOf(row)) };
      }),
    async dismiss(context, id) {
      const row = await openFor(context, id);
      await settle(platform, context, { row, state: 'dismissed' });
      return read(context, id);
    },
    async reapply(context, id, fields) {
      const row = await openFor(context, id);
      await reapply(platform, deps, { context, row, fields });
      return read(context, id);
    },
  };
}

async function settle(
  platform: Platform,
  { actor }: Context,
  { row, state }: { readonly row: ConflictRow; readonly state: 'dismissed' | 'reapplied' },
): Promise<void> {
  const at = platform.clock.now();
  const settled = await platform.database.transact({ kind: 'sync', actor }, (tx) =>
    conflictRepository(tx).resolve(row.id, { state, at, by: referenceOf(actor) }),
  );
  if (settled === 0) throw new ControllerError('conflict-resolved', 'somebody else was faster');
}

/** Writes the lost values anew, as a change of its own that has seen what stands. */
async function reapply(
  platform: Platform,
  deps: ConflictDeps,
  given: {
    readonly context: Context;
    readonly row: ConflictRow;
    readonly fields: readonly string[] | null;
  },
): Promise<void> {
  const { context, row, fields } = given;
  const type = deps.types.find(({ name }) => name === row.type);
  const noun = NOUN_OF[row.type];
  if (!type || !noun) throw new ControllerError('conflict-gone', 'its kind is not known here');
  const access = { actor: context.actor, permission: noun.update, noun: 'conflict' } as const;
  requireAllowed(platform, access, { tenantId: row.tenant_id, scope: row.scope });
  const values = chosen(type, row, fields);
  if (!row.is_live || Object.keys(values).length === 0) {
    throw new ControllerError('conflict-gone', 'there is nothing left to apply it to');
  }
  if (row.type === 'policy') {
    await deps.updatePolicy(context, row.row_id, values);
  } else {
    await writeAnew(platform, deps, { context, row, type, values });
  }
  await settle(platform, context, { row, state: 'reapplied' });
}

/** What may be written by hand: columns, no children, nothing that only the cloud says. */
function chosen(
  type: SyncType,
  row: ConflictRow,
  fields: readonly string[] | null,
): Record<string, Json> {
  const entries = Object.entries(row.lost).filter(
    ([name]) =>
      type.columns[name] !== undefined &&
      type.columns[name]?.merge !== 'cloud-only' &&
      !isSecret(name) &&
      (fields === null || fields.includes(name)),
  );
  return Object.fromEntries(entries);
}

async function writeAnew(
  platform: Platform,
  deps: ConflictDeps,
  given: {
    readonly context: Context;
    readonly row: ConflictRow;
    readonly type: SyncType;
    readonly values: Readonly<Record<string, Json>>;
  },
): Promise<void> {
  const { row, type, values } = given;
  const { actor } = given.context;
  const columns = Object.keys(values);
  try {
    await platform.database.transact({ kind: 'sync', actor }, async (tx) => {
      const record = { ...keyOf(type, row.row_id), ...values };
      const written = await typedRepository(tx).update(type, columns, [record]);
      if (written.length === 0) throw new ControllerError('conflict-gone', 'it is gone');
      await deps.onApplied(tx, row.tenant_id, [
        {
          type,
          id: row.row_id,
          kind: 'changed',
          scope: row.scope,
          columns: new Set(columns),
          values: record,
        },
      ]);
    });
  } catch (error) {
    if (!/^2[23]/.test(codeOf(error) ?? '')) throw error;
    throw new ControllerError('conflict', 'it does not go with what is there now', {
      cause: error,
    });
  }
}

/** Fields of which nobody is shown what they hold. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['credential', 'key_hash', 'key_id']);

function isSecret(name: string): boolean {
  return SECRET_FIELDS.has(name);
}

function conflictOf(row: ConflictRow): Conflict {
  const names = [...new Set([...Object.keys(row.lost), ...Object.keys(row.kept)])]
    .filter((name) => !isSecret(name))
    .slice(0, FIELDS_MAX);
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    scope: row.scope,
    at: instantOf(row.at),
    kind: row.kind,
    reason: row.reason,
    noun: NOUN_OF[row.type]?.noun ?? row.type,
    entityId: row.row_id,
    entityName: row.entity_name ?? textOf(row.kept['name'] ?? row.lost['name']),
    isLive: row.is_live,
    controllerId: row.controller_id,
    controllerName: row.controller_name ?? '',
    changedBy: row.changed_by,
    fields: names.map((name) => ({
      name,
      lost: (row.lost_told[name] ?? null) as Conflict['fields'][number]['lost'],
      kept: (row.kept_told[name] ?? null) as Conflict['fields'][number]['kept'],
    })),
    state: row.state,
    resolvedAt: instantOrNull(row.resolved_at),
    resolvedBy: row.resolved_by,
  };
}

/** Fields of one conflict that are shown, as the contract bounds them. */
const FIELDS_MAX = 200;

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
