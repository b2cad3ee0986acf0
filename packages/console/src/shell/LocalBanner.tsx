import type { SyncView } from '@wardgrid/wire';
import { useSyncView } from '../local-view.ts';
import { useMay } from '../may.ts';
import { t } from '../messages/index.ts';
import { Hostile } from '../ui/Hostile.tsx';
import { Icon } from '../ui/Icon.tsx';
import { RouterLink } from '../ui/RouterLink.tsx';
import { Time } from '../ui/Time.tsx';

const looks: Readonly<Record<NonNullable<SyncView['state']>, string>> = {
  connecting: 'bg-subtle text-muted',
  parent: 'bg-subtle text-muted',
  ancestor: 'bg-warn-soft text-warn',
  direct: 'bg-warn-soft text-warn',
  'cut-off': 'bg-warn-soft text-warn',
};

/** Below the cloud, on every page: which controller this is, whom it reaches, what is not sent up yet. */
export function LocalBanner() {
  const view = useSyncView();
  if (!view || view.role === 'cloud') return null;
  const state = view.state ?? 'connecting';
  return (
    <div
      role="status"
      aria-label={t('view.local')}
      className={`flex flex-wrap items-center gap-x-3 gap-y-0.5 border-b border-line px-4 py-1.5 text-xs ${looks[state]}`}
    >
      <span className="flex items-center gap-1.5 font-semibold">
        <Icon name="controllers" className="size-3.5" />
        {t('view.local')}
      </span>
      <Hostile text={t('view.name', { role: t(`controllerRole.${view.role}`), name: view.name })} />
      <span aria-hidden="true">·</span>
      <span>{t(`view.${state}`)}</span>
      <When view={view} />
      {isQueueTold(view) && (
        <>
          <span aria-hidden="true">·</span>
          <Queued count={view.queueUp} />
        </>
      )}
    </div>
  );
}

/** What goes up within seconds is no news while the way is open. */
const NEWS_MIN = 100;

function isQueueTold({ state, queueUp }: SyncView): boolean {
  return state === 'cut-off' ? queueUp > 0 : queueUp >= NEWS_MIN;
}

/** When those above were reached last; while another than the parent is in use, since when. */
function When(properties: { readonly view: SyncView }) {
  const { state, stateSince, lastReachedAt } = properties.view;
  const isDetour = state === 'ancestor' || state === 'direct';
  const at = isDetour ? stateSince : lastReachedAt;
  if (at === null) return null;
  return (
    <>
      <span aria-hidden="true">·</span>
      <span>
        {isDetour ? t('view.since') : t('view.lastReached')} <Time at={at} />
      </span>
    </>
  );
}

function Queued(properties: { readonly count: number }) {
  const mayLook = useMay('sync:read');
  const words = t('view.queued', properties);
  if (!mayLook) return <span>{words}</span>;
  return (
    <RouterLink to="/sync/pending" className="underline underline-offset-2">
      {words}
    </RouterLink>
  );
}
