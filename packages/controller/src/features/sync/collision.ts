import { codeOf } from '@wardgrid/base';
import { asideRepository } from './aside-repository.ts';
import { attempt, reasonOf } from './attempt.ts';
import { collisionRepository, type Refused } from './collision-repository.ts';
import { typedRepository } from './typed-repository.ts';
import type { SyncType, UniqueRule } from './types/index.ts';
import { textOf, type Target, type Write } from './write.ts';

const UNIQUE_VIOLATION = '23505';
const CHECK_VIOLATION = '23514';

interface Failure {
  readonly one: Write;
  readonly error: unknown;
  readonly write: (writes: readonly Write[]) => Promise<void>;
}

/**
 * What becomes of a row that cannot be written as it is. A value that a newer release knows and this
 * table does not take is left out until it does. Of two rows that were made apart and want one place, all controllers give it to the one that was born first; the other gets another name, or is
 * set aside. Whether it was written.
 */
export async function settle(target: Target, failure: Failure): Promise<boolean> {
  const { one, error, write } = failure;
  if (codeOf(error) === CHECK_VIOLATION) return writeUnderstood(target, failure);
  const rule = ruleBroken(target.type, error);
  const occupant =
    rule && (await collisionRepository(target.tx).occupant(target.type, rule, one.record));
  if (!rule || !occupant) return putAside(target, failure);
  if (one.id < occupant.id) {
    const isFree = await yieldPlace(target, rule, occupant.id);
    if (!isFree || (await attempt(target.tx, () => write([one]))) !== null) {
      return putAside(target, failure);
    }
    await asideRepository(target.tx).forget(target.tenantId, target.type, [one.id]);
    return true;
  }
  if (rule.renames === undefined) return putAside(target, failure);
  const renamed = renamedOf(one, rule.renames);
  const again = await attempt(target.tx, () => write([renamed]));
  if (again !== null) return putAside(target, failure);
  await note(target, { one, error, isWritten: true });
  return true;
}

/**
 * Writes what the table takes of a row: of what it does not, the value from before stays. The row is
 * kept aside as a whole, and tried again.
 */
async function writeUnderstood(target: Target, failure: Failure): Promise<boolean> {
  let { one, error } = failure;
  // Each turn leaves out a column at least, so that there are no more turns than columns.
  while (codeOf(error) === CHECK_VIOLATION) {
    const refused = await collisionRepository(target.tx).checkedBy(reasonOf(error).detail);
    const less = refused && without(target.type, one, refused);
    if (!less) break;
    one = less;
    const again = await attempt(target.tx, () => failure.write([less]));
    if (again === null) {
      await note(target, { one: failure.one, error: failure.error, isWritten: true });
      return true;
    }
    error = again;
  }
  return putAside(target, failure);
}

/** A row without what a table refuses of it; undefined when it then would be no other. */
function without(type: SyncType, one: Write, { table, columns }: Refused): Write | undefined {
  const isRefused = (name: string): boolean => table === type.name && columns.includes(name);
  const record = Object.fromEntries(
    Object.entries(one.record).filter(([name]) => !isRefused(name)),
  );
  const folds = Object.fromEntries(
    Object.entries(one.folds).filter(([field]) => type.folds[field]?.table !== table),
  );
  const isSame =
    Object.keys(record).length === Object.keys(one.record).length &&
    Object.keys(folds).length === Object.keys(one.folds).length;
  const changed = one.changed.filter((name) => !isRefused(name));
  return isSame ? undefined : { ...one, record, changed, folds };
}

/** Takes a row out of the place that another is to have. */
async function yieldPlace(target: Target, rule: UniqueRule, id: string): Promise<boolean> {
  const { tx, type } = target;
  const collisions = collisionRepository(tx);
  const record = await collisions.read(type, id);
  if (!record) return false;
  const one: Write = {
    id,
    scope: textOf(record['scope']),
    record: pick(record, ['id', 'tenant_id', 'scope', 'ref', ...Object.keys(type.columns)]),
    changed: [],
    folds: {},
  };
  const { renames } = rule;
  const error = await attempt(tx, async () => {
    if (renames === undefined) await typedRepository(tx).remove(type, [one.record]);
    else {
      const value = renamedValue(textOf(record[renames]), id);
      await collisions.rename(type, one.record, { column: renames, value });
    }
  });
  if (error !== null) return false;
  const reason = { code: UNIQUE_VIOLATION, detail: rule.index, isWritten: renames !== undefined };
  await asideRepository(tx).put(target.tenantId, { type, write: one, reason });
  return true;
}

async function putAside(target: Target, { one, error }: Failure): Promise<false> {
  await note(target, { one, error, isWritten: false });
  return false;
}

async function note(
  { tx, tenantId, type }: Target,
  { one, error, isWritten }: Pick<Failure, 'one' | 'error'> & { readonly isWritten: boolean },
): Promise<void> {
  const reason = { ...reasonOf(error), isWritten };
  await asideRepository(tx).put(tenantId, { type, write: one, reason });
}

function ruleBroken(type: SyncType, error: unknown): UniqueRule | undefined {
  if (codeOf(error) !== UNIQUE_VIOLATION) return undefined;
  const { detail } = reasonOf(error);
  return type.uniques.find(({ index }) => index === detail);
}

/** Characters of the id that tell a renamed row from the other. */
const MARK_LENGTH = 4;
/** Longest name and longest address that the tables take. */
const NAME_MAX = 120;
const EMAIL_MAX = 254;

function renamedValue(value: string, id: string): string {
  const mark = `~${id.slice(-MARK_LENGTH)}`;
  // An address stays one.
  if (value.includes('@')) return `${mark}.${value}`.slice(0, EMAIL_MAX);
  return `${value.slice(0, NAME_MAX - mark.length - 1)} ${mark}`;
}

function renamedOf(one: Write, column: string): Write {
  const value = renamedValue(textOf(one.record[column]), one.id);
  return { ...one, record: { ...one.record, [column]: value } };
}

function pick(record: Write['record'], names: readonly string[]): Write['record'] {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = record[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
