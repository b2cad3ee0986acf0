import { useQuery } from '@tanstack/react-query';
import { visibleText } from '@wardgrid/base';
import { platformRoutes, type SystemHealth } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { n, t } from '../../messages/index.ts';
import { Chip, StateChip } from '../../ui/Chips.tsx';
import { formatBytes, formatDuration } from '../../ui/format.ts';
import { Hostile } from '../../ui/Hostile.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { Facts, PageBody, PageHead, Section } from '../../ui/Page.tsx';
import { useNow } from '../../ui/use-now.ts';

/** How often the numbers of the controller are read while somebody looks. */
const LOOK_AGAIN_MS = 5_000;

/** How the controller and what it depends on are doing. */
export function SystemPage() {
  const health = useQuery({
    queryKey: ['system', 'health'],
    queryFn: ({ signal }) => call(platformRoutes.health, { signal }),
    refetchInterval: LOOK_AGAIN_MS,
  });
  return <Loaded query={health}>{(data) => <Content health={data} />}</Loaded>;
}

function Content(properties: { readonly health: SystemHealth }) {
  const { health } = properties;
  const nowMs = useNow();
  const isWell = health.dependencies.every(({ state }) => state === 'ok');
  return (
    <PageBody>
      <PageHead
        title={t('nav.system')}
        detail={
          <Chip
            tone={isWell ? 'ok' : 'warn'}
            text={isWell ? t('system.well') : t('system.unwell')}
          />
        }
      />
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line lg:grid-cols-4">
        <Figure label={t('system.connected')} value={n(health.connectedDevices)} />
        <Figure label={t('system.exchanges')} value={n(health.exchangesPerMinute)} />
        <Figure label={t('system.memory')} value={formatBytes(health.residentBytes)} />
        <Figure label={t('system.database')} value={formatBytes(health.databaseBytes)} />
      </dl>
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Section title={t('system.dependencies')} isFlush>
          <table className="data-table">
            <thead>
              <tr>
                <th scope="col">{t('field.name')}</th>
                <th scope="col">{t('field.state')}</th>
                <th scope="col">{t('system.detail')}</th>
              </tr>
            </thead>
            <tbody>
              {health.dependencies.map((dependency) => (
                <tr key={dependency.name}>
                  <td className="font-medium">{visibleText(dependency.name)}</td>
                  <td>
                    <StateChip state={dependency.state} />
                  </td>
                  <td>
                    <Hostile text={dependency.detail} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Section>
        <Section title={t('system.controller')}>
          <Facts
            facts={[
              [t('field.version'), <span className="mono">{health.version}</span>],
              [t('system.role'), health.role],
              [t('devices.uptime'), formatDuration(nowMs - Date.parse(health.startedAt))],
              [t('system.databaseVersion'), <Hostile text={health.databaseVersion} />],
              [t('system.delay'), t('system.milliseconds', { count: health.eventLoopDelayMs })],
              [t('field.id'), <span className="mono text-xs">{health.controllerId}</span>],
            ]}
          />
        </Section>
      </div>
    </PageBody>
  );
}

function Figure(properties: { readonly label: string; readonly value: string }) {
  return (
    <div className="bg-surface px-4 py-3">
      <dt className="text-xs text-muted">{properties.label}</dt>
      <dd className="mt-0.5 text-xl font-semibold tracking-tight">{properties.value}</dd>
    </div>
  );
}
