import { t } from '../../messages/index.ts';
import { RouterLink } from '../../ui/RouterLink.tsx';

const tabs = [
  ['/sync', 'sync.standing'],
  ['/sync/pending', 'sync.pending'],
  ['/sync/conflicts', 'sync.conflicts'],
  ['/sync/ids', 'sync.ids'],
] as const;

/** The pages of the sync centre, side by side. */
export function SyncTabs(properties: { readonly current: (typeof tabs)[number][0] }) {
  return (
    <nav aria-label={t('nav.sync')} className="flex gap-5 overflow-x-auto border-b border-line">
      {tabs.map(([to, text]) => (
        <RouterLink key={to} to={to} className="tab" isCurrent={to === properties.current}>
          {t(text)}
        </RouterLink>
      ))}
    </nav>
  );
}
