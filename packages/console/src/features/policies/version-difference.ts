import { canonicalJson } from '@wardgrid/base';
import {
  PolicyFieldName,
  type Exclusion,
  type PolicyFields,
  type PolicyVersion,
  type ScanSchedule,
} from '@wardgrid/wire';
import { t } from '../../messages/index.ts';
import { scheduleWords } from './ScheduleEditor.tsx';

/** What a policy says, whenever it said it. */
export type PolicyContent = Pick<PolicyVersion, 'name' | 'fields' | 'locks'>;

type Value = PolicyFields[PolicyFieldName];

/** One field that two versions decide differently; undefined where a version leaves it to those above. */
export interface FieldDifference {
  readonly field: PolicyFieldName;
  readonly before: Value;
  readonly after: Value;
  /** Of a field that lists things, those that came and went. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Everything that two versions of a policy say differently. */
export interface VersionDifference {
  readonly name: { readonly before: string; readonly after: string } | null;
  readonly fields: readonly FieldDifference[];
  readonly locked: readonly PolicyFieldName[];
  readonly unlocked: readonly PolicyFieldName[];
}

/** What the later of two versions changed. */
export function differenceOf(before: PolicyContent, after: PolicyContent): VersionDifference {
  const isLocked = (content: PolicyContent, field: PolicyFieldName): boolean =>
    content.locks.includes(field);
  return {
    name: before.name === after.name ? null : { before: before.name, after: after.name },
    fields: PolicyFieldName.options.flatMap((field) =>
      fieldDifferenceOf(field, before.fields[field], after.fields[field]),
    ),
    locked: PolicyFieldName.options.filter(
      (field) => isLocked(after, field) && !isLocked(before, field),
    ),
    unlocked: PolicyFieldName.options.filter(
      (field) => isLocked(before, field) && !isLocked(after, field),
    ),
  };
}

/** Whether two versions say the same. */
export function isSame({ name, fields, locked, unlocked }: VersionDifference): boolean {
  return name === null && fields.length + locked.length + unlocked.length === 0;
}

function fieldDifferenceOf(field: PolicyFieldName, before: Value, after: Value): FieldDifference[] {
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) {
    // Decided to be nothing is not the same as not decided.
    if ((before === undefined) === (after === undefined)) return [];
  }
  const [old, now] = [entriesOf(before), entriesOf(after)];
  return [
    {
      field,
      before,
      after,
      added: now.filter((entry) => !old.includes(entry)),
      removed: old.filter((entry) => !now.includes(entry)),
    },
  ];
}

/** The things that a value lists, each in words. */
function entriesOf(value: Value): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry: string | Exclusion | ScanSchedule) => {
    if (typeof entry === 'string') return entry;
    return 'hour' in entry ? scheduleWords(entry) : exclusionWords(entry);
  });
}

function exclusionWords({ kind, value, reason, expiresAt }: Exclusion): string {
  const end =
    expiresAt === null
      ? t('exclusion.forever')
      : `${t('exclusion.until')} ${new Date(expiresAt).toISOString().slice(0, 16)}`;
  return `${t(`exclusion.${kind}`)} ${value} (${reason}, ${end})`;
}
