import type { PolicyFieldName } from '@wardgrid/wire';
import { t } from '../../messages/index.ts';
import { Hostile } from '../../ui/Hostile.tsx';
import { valueWords } from './policy-field.ts';
import { isSame, type FieldDifference, type VersionDifference } from './version-difference.ts';

/** What one version of a policy says otherwise than another, field by field. */
export function DifferenceList(properties: { readonly difference: VersionDifference }) {
  const { difference } = properties;
  const { name, fields, locked, unlocked } = difference;
  if (isSame(difference)) return <span className="text-muted">{t('policy.same')}</span>;
  return (
    <ul className="flex flex-col gap-0.5">
      {name && (
        <li>
          {t('field.name')}: <Hostile text={name.before} /> → <Hostile text={name.after} />
        </li>
      )}
      {fields.map((one) => (
        <FieldLine key={one.field} difference={one} />
      ))}
      {locked.length > 0 && <li>{t('policy.lockedNow', { fields: namesOf(locked) })}</li>}
      {unlocked.length > 0 && <li>{t('policy.unlockedNow', { fields: namesOf(unlocked) })}</li>}
    </ul>
  );
}

function FieldLine(properties: { readonly difference: FieldDifference }) {
  const { field, before, after, added, removed } = properties.difference;
  const words = (value: typeof before): string =>
    value === undefined ? t('policy.inherited') : valueWords(field, value);
  return (
    <li>
      {t(`policy.field.${field}`)}: {words(before)} → {words(after)}
      {removed.map((entry) => (
        <del key={entry} className="block pl-3 text-bad">
          <span aria-hidden="true">− </span>
          <Hostile text={entry} />
        </del>
      ))}
      {added.map((entry) => (
        <ins key={entry} className="block pl-3 text-ok no-underline">
          <span aria-hidden="true">+ </span>
          <Hostile text={entry} />
        </ins>
      ))}
    </li>
  );
}

function namesOf(fields: readonly PolicyFieldName[]): string {
  return fields.map((field) => t(`policy.field.${field}`)).join(', ');
}
