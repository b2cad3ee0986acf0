import { useQuery } from '@tanstack/react-query';
import {
  deviceRoutes,
  type DeviceId,
  type DeviceProtection,
  type ProtectionHealth,
} from '@wardgrid/wire';
import { call } from '../../api.ts';
import { n, t } from '../../messages/index.ts';
import { Chip, StateChip } from '../../ui/Chips.tsx';
import { formatDuration } from '../../ui/format.ts';
import { Hostile, Nothing } from '../../ui/Hostile.tsx';
import { Facts, Section, Skeleton } from '../../ui/Page.tsx';
import { Degraded } from '../../ui/Problem.tsx';
import { Time } from '../../ui/Time.tsx';

type SensorHealth = ProtectionHealth['sensors'][number];

/** State is told at once; counters and what runs are not, so they are asked for again. */
const LOOK_AGAIN_MS = 10_000;

/** How well a device is protected at this moment: which sensors see what, and what they are blind to. */
export function ProtectionTab(properties: { readonly deviceId: DeviceId }) {
  const { deviceId } = properties;
  const protection = useQuery({
    queryKey: ['devices', 'one', deviceId, 'protection'],
    queryFn: ({ signal }) => call(deviceRoutes.protection, { params: { id: deviceId }, signal }),
    refetchInterval: LOOK_AGAIN_MS,
  });
  if (protection.error) {
    return <Degraded error={protection.error} onRetry={() => void protection.refetch()} />;
  }
  if (!protection.data) return <Skeleton rows={8} />;
  const { health } = protection.data;
  if (health === null) {
    return <p className="py-10 text-center text-muted">{t('protection.none')}</p>;
  }
  return (
    <>
      <State protection={protection.data} health={health} />
      <Sensors sensors={health.sensors} />
      <Engines engines={health.engines} />
    </>
  );
}

function State(properties: {
  readonly protection: DeviceProtection;
  readonly health: ProtectionHealth;
}) {
  const { protection, health } = properties;
  const { state, reasons, isCurrent } = protection;
  return (
    <Section title={t('protection.state')}>
      <Facts
        facts={[
          [
            t('field.state'),
            <span className="flex flex-wrap items-center gap-2">
              {state === null ? <Nothing /> : <StateChip state={state} />}
              {!isCurrent && <Chip tone="warn" text={t('policy.onItsWay')} />}
              {reasons.map((reason) => (
                <span key={reason} className="text-muted">
                  <Hostile text={reason} />
                </span>
              ))}
            </span>,
          ],
          [t('protection.mode'), t(`protection.mode.${health.mode}`)],
          [t('protection.policyVersion'), n(health.policyVersion)],
          [
            t('protection.content'),
            <Hostile text={health.contentDigest?.slice(0, 12) ?? null} isMono />,
          ],
          [t('protection.quarantined'), n(health.quarantined)],
          [t('protection.reported'), <Time at={protection.reportedAt} />],
        ]}
      />
    </Section>
  );
}

function Sensors(properties: { readonly sensors: readonly SensorHealth[] }) {
  return (
    <Section title={t('protection.sensors')} isFlush>
      <table className="data-table">
        <thead>
          <tr>
            <th scope="col">{t('protection.sensor')}</th>
            <th scope="col">{t('field.state')}</th>
            <th scope="col">{t('protection.source')}</th>
            <th scope="col">{t('protection.events')}</th>
            <th scope="col">{t('protection.dropped')}</th>
            <th scope="col">{t('protection.delay')}</th>
            <th scope="col">{t('protection.blind')}</th>
          </tr>
        </thead>
        <tbody>
          {properties.sensors.map((sensor) => (
            <tr key={sensor.name}>
              <th scope="row">{t(`sensor.${sensor.name}`)}</th>
              <td>
                <StateChip state={sensor.state} />
                <Remarks sensor={sensor} />
              </td>
              <td>
                <Hostile text={sensor.source} isMono />
              </td>
              <td>{n(sensor.events)}</td>
              <td>{n(sensor.dropped)}</td>
              <td className="whitespace-nowrap">{delayText(sensor) ?? <Nothing />}</td>
              <td>{sensor.blindMs === 0 ? <Nothing /> : formatDuration(sensor.blindMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function Remarks(properties: { readonly sensor: SensorHealth }) {
  const { reason, blindSpots } = properties.sensor;
  const remarks = [...(reason === null ? [] : [reason]), ...blindSpots];
  if (remarks.length === 0) return null;
  return (
    <ul className="mt-1 text-xs text-muted">
      {remarks.map((remark) => (
        <li key={remark}>
          <Hostile text={remark} />
        </li>
      ))}
    </ul>
  );
}

/** `12 / 80 µs`: half of all waits were shorter than the first, all but one in a hundred than the second. */
function delayText({ p50Us, p99Us }: SensorHealth): string | undefined {
  if (p50Us === null || p99Us === null) return undefined;
  return `${n(p50Us)} / ${n(p99Us)} µs`;
}

function Engines(properties: { readonly engines: ProtectionHealth['engines'] }) {
  return (
    <Section title={t('protection.engines')} isFlush>
      <table className="data-table">
        <thead>
          <tr>
            <th scope="col">{t('protection.engine')}</th>
            <th scope="col">{t('field.state')}</th>
            <th scope="col">{t('nav.rules')}</th>
            <th scope="col">{t('protection.evaluated')}</th>
            <th scope="col">{t('protection.matched')}</th>
            <th scope="col">{t('protection.notEvaluable')}</th>
          </tr>
        </thead>
        <tbody>
          {properties.engines.map((engine) => (
            <tr key={engine.name}>
              <th scope="row">{t(`engine.${engine.name}`)}</th>
              <td>
                <StateChip state={engine.state} />
                {engine.reason !== null && (
                  <p className="mt-1 text-xs text-muted">
                    <Hostile text={engine.reason} />
                  </p>
                )}
              </td>
              <td>{n(engine.rules)}</td>
              <td>{n(engine.evaluated)}</td>
              <td>{n(engine.matched)}</td>
              <td>{n(engine.notEvaluable)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
