import type { RuleSetFormat } from '@wardgrid/wire';
import { announceAll } from '../../../platform/announce.ts';
import type { Context } from '../../../platform/context.ts';
import { isDuplicateOf, type Transaction } from '../../../platform/database.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import { referenceOf } from '../../../platform/person.ts';
import { requireAllowed, transactAs, type Platform } from '../../../platform/services.ts';
import { findTarget, type TargetPlace } from '../../policies/index.ts';
import { contentRepository } from '../content/repository.ts';
import type { RuleDeps } from '../deps.ts';
import type { Compiled, SourceFile } from './compile.ts';
import type { Compile } from './compiler.ts';
import { ruleSetRepository, ruleSetStore, type RuleSetRow } from './repository.ts';

/** What somebody brings. */
export interface NewRuleSet {
  readonly name: string;
  readonly tenantId?: string;
  readonly format: RuleSetFormat;
  readonly licence: string;
  readonly files: readonly SourceFile[];
}

export interface RuleSetChange {
  readonly name?: string;
  readonly isEnabled?: boolean;
  readonly licence?: string;
  readonly files?: readonly SourceFile[];
}

type Ready = Extract<Compiled, { kind: 'compiled' }>;

/** Sets of one tenant: with the product's parts they fill a manifest. */
const RULE_SETS_MAX = 12;

/** Writes with the workers' rights, after the person's were checked: a set is for all devices of its tenant. */
export function createRuleSetWriter(platform: Platform, deps: RuleDeps, compile: Compile) {
  const { clock, database } = platform;

  async function changed(
    tx: Transaction,
    set: Pick<RuleSetRow, 'id' | 'tenant_id' | 'scope'>,
    verb: 'created' | 'changed' | 'removed',
  ): Promise<void> {
    const { id, tenant_id: tenantId, scope } = set;
    await contentRepository(tx).tenantChanged(tenantId);
    await contentRepository(tx).removeUnused();
    await deps.makeSettingsDue(tx, { kind: 'scope', scope });
    const told = { id, tenantId, scope };
    await announceAll(tx, { noun: 'rules', verb, nowMs: clock.now() }, [told]);
  }

  const within = ({ actor }: Context, work: (tx: Transaction) => Promise<void>): Promise<void> =>
    refuseSameName(() =>
      database.transact({ kind: 'ingest', actor }, async (tx) => {
        await contentRepository(tx).lock();
        await work(tx);
      }),
    );

  async function show(tx: Transaction, set: RuleSetRow, { rules }: Ready): Promise<void> {
    const shown = rules.map((rule) => ({ ...rule, id: platform.newId() }));
    await ruleSetStore(tx).show(set, shown);
  }

  return {
    async create(context: Context, given: NewRuleSet): Promise<string> {
      const place = await tenantFor(platform, context, given.tenantId);
      const ready = requireReady(await compile({ format: given.format, files: given.files }));
      const id = context.madeId ?? platform.newId();
      const set = { ...newRowOf(given, place, ready), id, changed_by: referenceOf(context.actor) };
      await within(context, async (tx) => {
        await requireRoom(tx, place.tenantId);
        await contentRepository(tx).keepPart(ready.part);
        await ruleSetStore(tx).insert({ ...set, at: clock.now() });
        await show(tx, set, ready);
        await changed(tx, set, 'created');
      });
      return id;
    },

    async update(context: Context, row: RuleSetRow, change: RuleSetChange): Promise<void> {
      const { files } = change;
      const ready = files ? requireReady(await compile({ format: row.format, files })) : undefined;
      await within(context, async (tx) => {
        // Compiling takes a while: what somebody else changed meanwhile stays.
        const current = await ruleSetRepository(tx).find(row.id);
        if (!current) throw notFound('rule set');
        const set = changedRowOf(current, change, { ready, by: referenceOf(context.actor) });
        if (ready) await contentRepository(tx).keepPart(ready.part);
        await ruleSetStore(tx).change(row.id, { ...set, at: clock.now() });
        if (ready) await show(tx, set, ready);
        await changed(tx, set, 'changed');
      });
    },

    remove: (context: Context, row: RuleSetRow): Promise<void> =>
      within(context, async (tx) => {
        if ((await ruleSetStore(tx).remove(row.id)) > 0) await changed(tx, row, 'removed');
      }),
  };
}

/** The tenant into which somebody imports: their own, or the one that the platform names. */
async function tenantFor(
  platform: Platform,
  context: Context,
  named: string | undefined,
): Promise<TargetPlace> {
  const { actor } = context;
  const id = named ?? actor.tenantId;
  if (id === null) {
    throw new ControllerError('invalid-body', 'say into which tenant', {
      issues: [{ pointer: '/tenantId', detail: 'must be given' }],
    });
  }
  const place = await transactAs(platform, { actor, permission: 'rules:read' }, (tx) =>
    findTarget(tx, { kind: 'tenant', id }),
  );
  if (!place) throw notFound('tenant');
  requireAllowed(platform, { actor, permission: 'rules:create', noun: 'tenant' }, place);
  return place;
}

async function requireRoom(tx: Transaction, tenantId: string): Promise<void> {
  if ((await ruleSetStore(tx).countOf(tenantId)) < RULE_SETS_MAX) return;
  throw new ControllerError('limit-reached', `at most ${RULE_SETS_MAX} rule sets in a tenant`);
}

/** @throws ControllerError `rules-invalid` with every fault, its place and what to do. */
function requireReady(compiled: Compiled): Ready {
  if (compiled.kind === 'compiled') return compiled;
  const [first] = compiled.issues;
  const where = first ? `${first.file}:${first.line}:${first.column}: ${first.message}` : '';
  throw new ControllerError('rules-invalid', where, {
    issues: compiled.issues.map(({ message, ...issue }) => ({
      ...issue,
      pointer: '/files',
      detail: message,
    })),
  });
}

function sizesOf({ part, count }: Ready) {
  return { rules: count, size_bytes: part.bytes.length, digest: part.digest };
}

function changedRowOf(
  row: RuleSetRow,
  change: RuleSetChange,
  { ready, by }: { readonly ready: Ready | undefined; readonly by: string },
): RuleSetRow {
  return {
    ...row,
    name: change.name ?? row.name,
    licence: change.licence ?? row.licence,
    is_enabled: change.isEnabled ?? row.is_enabled,
    changed_by: by,
    ...(ready ? sizesOf(ready) : {}),
  };
}

function newRowOf(
  given: NewRuleSet,
  place: TargetPlace,
  ready: Ready,
): Omit<RuleSetRow, 'id' | 'changed_by'> {
  return {
    tenant_id: place.tenantId,
    scope: place.scope,
    name: given.name,
    format: given.format,
    licence: given.licence,
    is_enabled: true,
    ...sizesOf(ready),
    version: 1,
    created_at: 0,
    changed_at: 0,
  };
}

async function refuseSameName(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isDuplicateOf(error, 'rule_set_name')) throw error;
    throw new ControllerError('name-taken', 'a rule set has this name', { cause: error });
  }
}
