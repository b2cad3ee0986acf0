import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { syncRoutes, type SyncChild, type SyncStatus, type SyncUpstream } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { n, t } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { Chip } from '../../ui/Chips.tsx';
import { Hostile, Nothing } from '../../ui/Hostile.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { Facts, PageBody, PageHead, Section } from '../../ui/Page.tsx';
import { problemText } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { clockWords } from '../../ui/clock-words.ts';
import { LicenceSection } from './LicenceSection.tsx';
import { SyncTabs } from './SyncTabs.tsx';
import { UpstreamStateChip } from '../../ui/UpstreamStateChip.tsx';

/** The state changes by time as much as by events. */
const LOOK_AGAIN_MS = 5_000;

/** How this controller stands in the chain: whom it talks with, how far it is, what waits. */
export function SyncPage() {
  const status = useQuery({
    queryKey: ['sync', 'status'],
    queryFn: ({ signal }) => call(syncRoutes.status, { signal }),
    refetchInterval: LOOK_AGAIN_MS,
  });
  return <Loaded query={status}>{(data) => <Content status={data} />}</Loaded>;
}

function Content(properties: { readonly status: SyncStatus }) {
  const { status } = properties;
  const isCloud = status.role === 'cloud';
  return (
    <PageBody>
      <PageHead
        title={t('nav.sync')}
        detail={
          <>
            <span>{t(`controllerRole.${status.role}`)}</span>
            <Hostile text={status.name} />
            {status.state !== null && <UpstreamStateChip state={status.state} />}
            {status.localFailure !== null && (
              <Chip
                tone="bad"
                text={t(
                  status.localFailure === 'storage-full' ? 'sync.storageFull' : 'sync.localFailure',
                )}
              />
            )}
            {status.isCatchingUp && <Chip tone="info" text={t('sync.catchingUp')} />}
          </>
        }
        actions={isCloud ? null : <NowButton />}
      />
      <SyncTabs current="/sync" />
      <Tiles status={status} />
      <div className="grid items-start gap-5 lg:grid-cols-2">
        {!isCloud && <Talk status={status} />}
        <Standing status={status} />
        <LicenceSection />
      </div>
      {!isCloud && <Upstreams upstreams={status.upstreams} />}
      <Children list={status.children} />
    </PageBody>
  );
}

/** Exchanges at once: what waits goes up again, and what was missed comes down. */
function NowButton() {
  const mayManage = useMay('sync:manage');
  const client = useQueryClient();
  const exchange = useMutation({
    mutationFn: () => call(syncRoutes.now),
    onSuccess: async (status) => {
      client.setQueryData(['sync', 'status'], status);
      notify('ok', t('sync.exchanged'));
      await client.invalidateQueries({ queryKey: ['sync'] });
    },
    onError: (error) => notify('bad', problemText(error)),
  });
  if (!mayManage) return null;
  return (
    <button
      type="button"
      className="button button-solid"
      disabled={exchange.isPending}
      onClick={() => exchange.mutate()}
    >
      {exchange.isPending ? t('action.working') : t('sync.now')}
    </button>
  );
}

function Tiles(properties: { readonly status: SyncStatus }) {
  const { queueUp, queueDown, conflicts, children } = properties.status;
  const tiles = [
    { to: '/sync/pending', label: t('sync.queueUp'), value: queueUp, hint: t('sync.queueUpHint') },
    { to: '/sync', label: t('sync.queueDown'), value: queueDown, hint: t('sync.queueDownHint') },
    {
      to: '/sync/conflicts',
      label: t('sync.conflicts'),
      value: conflicts,
      hint: t('sync.conflictsHint'),
      isAlarming: conflicts > 0,
    },
    {
      to: '/controllers',
      label: t('sync.children'),
      value: children.length,
      hint: t('sync.childrenHint', { count: children.filter(({ isOnline }) => isOnline).length }),
    },
  ];
  return (
    <ul className="grid grid-cols-2 gap-3 xl:grid-cols-4">
      {tiles.map((tile) => (
        <li key={tile.label}>
          <RouterLink
            to={tile.to}
            className="card flex h-full flex-col gap-1 p-4 transition-colors hover:border-line-strong"
          >
            <span className="text-muted">{tile.label}</span>
            <span
              className={`text-[1.75rem] leading-none font-semibold tracking-tight ${tile.isAlarming ? 'text-bad' : ''}`}
            >
              {tile.value === null ? '–' : n(tile.value)}
            </span>
            <span className="text-xs text-muted">{tile.hint}</span>
          </RouterLink>
        </li>
      ))}
    </ul>
  );
}

function Talk(properties: { readonly status: SyncStatus }) {
  const { status } = properties;
  return (
    <Section title={t('controllers.talk')}>
      <Facts
        facts={[
          [
            t('controllers.upstream'),
            status.state === null ? <Nothing /> : <UpstreamStateChip state={status.state} />,
          ],
          [t('sync.since'), <Time at={status.stateSince} isExact />],
          [t('sync.lastUp'), <Time at={status.lastUpAt} isExact />],
          [t('sync.lastDown'), <Time at={status.lastDownAt} isExact />],
          [t('sync.lastTried'), <Time at={status.lastTriedAt} isExact />],
          [t('sync.nextTry'), <Time at={status.nextTryAt} />],
          [t('sync.nextProbe'), <Time at={status.nextProbeAt} />],
          [
            t('controllers.clock'),
            status.clockOffsetMs === null ? <Nothing /> : clockWords(status.clockOffsetMs),
          ],
        ]}
      />
    </Section>
  );
}

function Standing(properties: { readonly status: SyncStatus }) {
  const { epoch, cursor, headG, layer, certificateExpiresAt, controllerId } = properties.status;
  return (
    <Section title={t('sync.place')}>
      <Facts
        facts={[
          [t('field.layer'), n(layer)],
          [t('sync.epoch'), n(epoch)],
          [t('sync.cursor'), n(cursor)],
          [t('sync.head'), headG === null ? <Nothing /> : n(headG)],
          [t('controllers.certificate'), <Time at={certificateExpiresAt} isExact />],
          [t('field.id'), <span className="mono break-all">{controllerId}</span>],
        ]}
      />
    </Section>
  );
}

/** Whom this controller may talk with, the nearest first, and what came of the last try. */
function Upstreams(properties: { readonly upstreams: readonly SyncUpstream[] }) {
  return (
    <Section title={t('sync.upstreams')} isFlush>
      <table className="data-table">
        <thead>
          <tr>
            <th scope="col">{t('field.name')}</th>
            <th scope="col">{t('field.layer')}</th>
            <th scope="col">{t('field.state')}</th>
            <th scope="col">{t('sync.lastTried')}</th>
            <th scope="col">{t('field.address')}</th>
          </tr>
        </thead>
        <tbody>
          {properties.upstreams.map((upstream) => (
            <tr key={upstream.controllerId}>
              <th scope="row">
                <RouterLink to={`/controllers/${upstream.controllerId}`}>
                  <Hostile text={upstream.name} />
                </RouterLink>
              </th>
              <td>{n(upstream.layer)}</td>
              <td>
                <span className="flex flex-wrap items-center gap-2">
                  <Reachability upstream={upstream} />
                  {upstream.failure !== null && (
                    <span className="mono text-xs text-muted">{upstream.failure}</span>
                  )}
                </span>
              </td>
              <td>
                <Time at={upstream.lastTriedAt} />
              </td>
              <td>
                <Hostile text={upstream.urls.join(', ')} isMono />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function Reachability(properties: { readonly upstream: SyncUpstream }) {
  const { isInUse, isReachable } = properties.upstream;
  if (isReachable === false) return <Chip tone="bad" text={t('sync.unreachable')} />;
  if (isInUse) return <Chip tone="ok" text={t('sync.inUse')} />;
  return isReachable === null ? (
    <Chip tone="none" text={t('sync.untried')} />
  ) : (
    <Chip tone="info" text={t('sync.reachable')} />
  );
}

/** Those that exchange with this controller. */
function Children(properties: { readonly list: readonly SyncChild[] }) {
  const { list } = properties;
  return (
    <Section title={`${t('sync.children')} (${n(list.length)})`} isFlush>
      {list.length === 0 && <p className="p-4 text-muted">{t('sync.noChildren')}</p>}
      {list.length > 0 && (
        <table className="data-table">
          <thead>
            <tr>
              <th scope="col">{t('field.name')}</th>
              <th scope="col">{t('field.layer')}</th>
              <th scope="col">{t('field.state')}</th>
              <th scope="col">{t('controllers.lastSync')}</th>
              <th scope="col">{t('controllers.queueUp')}</th>
              <th scope="col">{t('sync.cursor')}</th>
              <th scope="col">{t('controllers.clock')}</th>
              <th scope="col">{t('field.version')}</th>
            </tr>
          </thead>
          <tbody>
            {list.map((child) => (
              <ChildRow key={`${child.tenantId} ${child.controllerId}`} child={child} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function ChildRow(properties: { readonly child: SyncChild }) {
  const { child } = properties;
  return (
    <tr>
      <th scope="row">
        <RouterLink to={`/controllers/${child.controllerId}`}>
          <Hostile text={child.name} />
        </RouterLink>
      </th>
      <td>{n(child.layer)}</td>
      <td>
        {child.isOnline ? (
          <Chip tone="ok" text={t('state.online')} />
        ) : (
          <Chip tone="bad" text={t('controllers.problem.silent')} />
        )}
      </td>
      <td>
        <Time at={child.lastSyncAt} />
      </td>
      <td>{child.queueUp === null ? <Nothing /> : n(child.queueUp)}</td>
      <td>{child.cursor === null ? <Nothing /> : n(child.cursor)}</td>
      <td>{child.clockOffsetMs === null ? <Nothing /> : clockWords(child.clockOffsetMs)}</td>
      <td>
        <Hostile text={child.version} isMono />
      </td>
    </tr>
  );
}
