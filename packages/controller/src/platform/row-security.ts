import { sql, type RawBuilder } from 'kysely';
import { assert } from '@wardgrid/base';
import type { ScopeRange, Visibility } from './authorize.ts';
import type { Access } from './access.ts';
import { referenceOf } from './person.ts';

const NONE_TENANT = '00000000-0000-0000-0000-000000000000';

/** The statement that gives a transaction its role and the settings that policies read. */
export function settingsOf(access: Access): string {
  const actor =
    access.actor === undefined
      ? ''
      : `, set_config('wardgrid.actor', ${literal(referenceOf(access.actor))}, true), set_config('wardgrid.actor_email', ${literal(access.actor.email)}, true)`;
  return `${roleSettingsOf(access)}${actor}`;
}

/** Whatever is in an address, only this of it gets into a statement; a quote is doubled. */
const ADDRESS_UNSAFE = /[^\w.+@: '-]/g;

function literal(text: string): string {
  return `'${text.replaceAll(ADDRESS_UNSAFE, '?').replaceAll("'", "''")}'`;
}

function roleSettingsOf(access: Access): string {
  if (access.kind === 'auth') return roleStatement('wardgrid_auth', {});
  if (access.kind === 'ingest') return roleStatement('wardgrid_ingest', {});
  if (access.kind === 'sync') return roleStatement('wardgrid_sync', {});
  const { visibility } = access;
  switch (visibility.kind) {
    case 'none':
      return roleStatement('wardgrid_tenant', { 'app.tenant': NONE_TENANT });
    case 'tenant':
      return roleStatement('wardgrid_tenant', { 'app.tenant': visibility.tenantId });
    case 'scoped':
      return roleStatement('wardgrid_scoped', {
        'app.tenant': visibility.tenantId,
        'app.scopes': arrayOf(visibility.allowed.map((range) => queryOf(range))),
        'app.denied': arrayOf(visibility.denied.map((scope) => queryOf({ scope, levels: null }))),
      });
    case 'platform':
      return roleStatement('wardgrid_platform', {
        'app.scopes': arrayOf(visibility.allowed.map((range) => queryOf(range))),
        'app.denied': arrayOf(visibility.denied.map((scope) => queryOf({ scope, levels: null }))),
        'app.barred': arrayOf(visibility.barredTenantIds),
      });
  }
}

/** Every setting is written each time: a pooled connection must not remember another's. */
function roleStatement(role: string, settings: Readonly<Record<string, string>>): string {
  const all = {
    role,
    'app.tenant': '',
    'app.scopes': '',
    'app.denied': '',
    'app.barred': '',
    ...settings,
  };
  const calls = Object.entries(all).map(
    ([name, value]) => `set_config('${name}', '${safe(value)}', true)`,
  );
  return `select ${calls.join(', ')}`;
}

/** Values are ids, labels and lquery of our own making; anything else is a bug, not input. */
function safe(value: string): string {
  assert(/^[0-9a-z_.*{}",\- ]*$/.test(value), 'a row-security setting holds only ids and patterns');
  return value;
}

/** The lquery of a range: `a.b.*` for all below, `a.b.*{0,1}` for a node and its children. */
function queryOf(range: ScopeRange): string {
  const levels = range.levels === null ? '*' : `*{0,${range.levels}}`;
  return range.scope === '' ? levels : `${range.scope}.${levels}`;
}

/** The text of a PostgreSQL array; only patterns with `{0,1}` need quotes in it. */
function arrayOf(items: readonly string[]): string {
  return `{${items.map((item) => (item.includes(',') ? `"${item}"` : item)).join(',')}}`;
}

/** The explicit predicate of a visibility on a table alias: the same rows as the policies give. */
export function predicateOf(visibility: Visibility, alias: string): RawBuilder<boolean> {
  const tenant = sql.ref(`${alias}.tenant_id`);
  const scope = sql.ref(`${alias}.scope`);
  switch (visibility.kind) {
    case 'none':
      return sql<boolean>`false`;
    case 'tenant':
      return sql<boolean>`${tenant} = ${visibility.tenantId}::uuid`;
    case 'scoped':
      return sql<boolean>`(${tenant} = ${visibility.tenantId}::uuid and ${inRanges(scope, visibility)})`;
    case 'platform':
      return sql<boolean>`(${barred(tenant, visibility.barredTenantIds)} and ${inRanges(scope, visibility)})`;
  }
}

function barred(tenant: RawBuilder<unknown>, ids: readonly string[]): RawBuilder<boolean> {
  if (ids.length === 0) return sql<boolean>`true`;
  return sql<boolean>`(${tenant} is null or not ${tenant} = any (${ids}::uuid[]))`;
}

function inRanges(
  scope: RawBuilder<unknown>,
  visibility: { readonly allowed: readonly ScopeRange[]; readonly denied: readonly string[] },
): RawBuilder<boolean> {
  const isAll = visibility.allowed.some((range) => range.scope === '' && range.levels === null);
  const allowed = isAll
    ? sql<boolean>`true`
    : sql<boolean>`${scope} ? ${visibility.allowed.map((range) => queryOf(range))}::lquery[]`;
  if (visibility.denied.length === 0) return allowed;
  const denied = visibility.denied.map((scopeText) => queryOf({ scope: scopeText, levels: null }));
  return sql<boolean>`(${allowed} and not ${scope} ? ${denied}::lquery[])`;
}
