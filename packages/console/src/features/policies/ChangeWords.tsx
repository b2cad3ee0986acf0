import type { EffectivePolicy } from '@wardgrid/wire';
import { t } from '../../messages/index.ts';
import { valueWords } from './policy-field.ts';

/** What a device would run otherwise, field by field. */
export function ChangeWords(properties: { readonly changes: EffectivePolicy['later'] }) {
  return (
    <span className="text-muted">
      {properties.changes.map(({ field, before, after }) => (
        <span key={field} className="ml-3">
          {t(`policy.field.${field}`)}: {valueWords(field, before)} → {valueWords(field, after)}
        </span>
      ))}
    </span>
  );
}
