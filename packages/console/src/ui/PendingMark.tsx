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
