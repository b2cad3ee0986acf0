import type { PolicyPreview } from '@wardgrid/wire';
import { t } from '../../messages/index.ts';
import { Chip } from '../../ui/Chips.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { ChangeWords } from './ChangeWords.tsx';

type Sample = PolicyPreview['samples'][number];

/** What saving would change, at once and later: how many devices, and some of them field by field. */
export function PreviewNote(properties: { readonly preview: PolicyPreview }) {
  const { devices, changed, lockedFields, now, later, samples } = properties.preview;
  const isInRings = later.devices > 0;
  return (
    <div role="status" className="rounded-md border border-line-strong p-3">
      <p className="font-medium">{t('policy.changes', { count: changed, devices })}</p>
      {isInRings && (
        <ul className="mt-1 flex flex-col gap-0.5">
          <li>{t('policy.changesNow', { count: now.changed, devices: now.devices })}</li>
          <li>{t('policy.changesLater', { count: later.changed, devices: later.devices })}</li>
        </ul>
      )}
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
            {isInRings && <Ring sample={sample} />}
            <ChangeWords changes={sample.now} />
            {sample.later.length > 0 && (
              <span className="text-muted">
                <span className="ml-3">{t('policy.then')}</span>
                <ChangeWords changes={sample.later} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Ring({ sample: { isInRing } }: { readonly sample: Sample }) {
  return (
    <span className="ml-2">
      <Chip
        tone={isInRing ? 'info' : 'none'}
        text={t(isInRing ? 'policy.inRing' : 'policy.outsideRing')}
      />
    </span>
  );
}
