import { usePendingIds } from '../local-view.ts';
import { t } from '../messages/index.ts';
import { Chip } from './Chips.tsx';
import { Icon } from './Icon.tsx';

/** Beside a thing that was changed here and is not sent up yet; nothing beside any other. */
export function PendingMark(properties: { readonly noun: string; readonly id: string }) {
  const { noun, id } = properties;
  return usePendingIds(noun).has(id) ? <Chip tone="info" text={t('pending.mark')} /> : null;
}

/** The same in a row of a list, where there is room for a sign alone. */
export function PendingSign() {
  return (
    <span title={t('pending.mark')} className="mr-1.5 inline-flex align-middle text-info">
      <Icon name="up" className="size-3.5" />
      <span className="sr-only">{t('pending.mark')}</span>
    </span>
  );
}

/** What a thing is called by people: `DEV-004217`; with a `~` before the cloud has given it one that lasts. */
export function Reference(properties: { readonly reference: string | undefined }) {
  const { reference } = properties;
  if (reference === undefined) return null;
  const isProvisional = reference.startsWith('~');
  return (
    <span className="mono text-muted" title={isProvisional ? t('ids.provisional') : t('ids.ref')}>
      {reference}
      {isProvisional && <span className="sr-only"> ({t('ids.provisional')})</span>}
    </span>
  );
}
