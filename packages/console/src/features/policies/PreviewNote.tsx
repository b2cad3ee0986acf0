import type { PolicyPreview } from '@wardgrid/wire';
import { t } from '../../messages/index.ts';
import { Hostile } from '../../ui/Hostile.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { valueWords } from './policy-field.ts';

/** What saving would change: how many devices, and some of them field by field. */
export function PreviewNote(properties: { readonly preview: PolicyPreview }) {
  const { devices, changed, lockedFields, samples } = properties.preview;
  return (
    <div role="status" className="rounded-md border border-line-strong p-3">
      <p className="font-medium">{t('policy.changes', { count: changed, devices })}</p>
      {lockedFields.length > 0 && (
        <p className="mt-1 text-warn">
          {t('policy.lockedAbove', {
            fields: lockedFields.map((field) => t(`policy.field.${field}`)).join(', '),
          })}
        </p>
      )}
      <ul className="mt-2 flex flex-col gap-1.5">
        {samples.map((sample) => (
          <li key={sample.deviceId}>
            <RouterLink to={`/devices/${sample.deviceId}`}>
              <Hostile text={sample.name} />
            </RouterLink>
            <span className="text-muted">
              {sample.changes.map(({ field, before, after }) => (
                <span key={field} className="ml-3">
                  {t(`policy.field.${field}`)}: {valueWords(field, before)} →{' '}
                  {valueWords(field, after)}
                </span>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
