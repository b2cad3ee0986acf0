import type { Device } from '@wardgrid/wire';
import { t } from '../../messages/index.ts';
import { useNow } from '../../ui/use-now.ts';
import { Chip } from '../../ui/Chips.tsx';
import { formatBytes, formatDuration, formatPercent } from '../../ui/format.ts';
import { Hostile, Nothing } from '../../ui/Hostile.tsx';
import { Facts, Section } from '../../ui/Page.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { shareOf } from './device-list.tsx';

/** A clock further off than this makes times of this device doubtful. */
const CLOCK_OFFSET_NOTABLE_MS = 5_000;
/** Less than this is how long an exchange takes. */
const CLOCK_OFFSET_SHOWN_MS = 1_000;

/** How a device is at this moment, and what it is. */
export function DeviceOverview(properties: { readonly device: Device }) {
  const { device } = properties;
  return (
    <div className="grid gap-5 lg:grid-cols-2">
      <Vitals device={device} />
      <Section title={t('devices.identity')}>
        <Facts
          facts={[
            [t('field.hostname'), <Hostile text={device.hostname} isMono />],
            [t('field.os'), <Hostile text={`${device.osName} ${device.osVersion}`} />],
            [t('field.architecture'), <Hostile text={device.architecture} />],
            [t('field.tenant'), <Hostile text={device.tenantName} />],
            [
              t('field.organization'),
              <RouterLink to={`/organizations/${device.organizationId}`}>
                <Hostile text={device.organizationName} />
              </RouterLink>,
            ],
            [t('field.group'), <Hostile text={device.groupName} />],
            [t('field.tags'), <TagList tags={device.tags} />],
            [t('field.id'), <span className="mono text-xs">{device.id}</span>],
          ]}
        />
      </Section>
      <Section title={t('inventory.network')}>
        <Facts
          facts={[
            [t('field.localIp'), <Hostile text={device.localIp} isMono />],
            [t('field.network'), <Hostile text={device.primaryCidr} isMono />],
            [t('field.gateway'), <Gateway device={device} />],
            [t('field.mac'), <Hostile text={device.macAddress} isMono />],
            [t('field.publicIp'), <Hostile text={device.publicIp} isMono />],
          ]}
        />
      </Section>
      <Section title={t('devices.agent')}>
        <Facts
          facts={[
            [t('field.agentVersion'), <Hostile text={device.agentVersion} isMono />],
            [
              t('devices.link'),
              device.isConnected ? t('devices.connected') : t('devices.notConnected'),
            ],
            [t('field.lastSeenAt'), <Time at={device.lastSeenAt} />],
            [t('field.enrolledAt'), <Time at={device.enrolledAt} isExact />],
            [t('devices.clock'), <ClockOffset offsetMs={device.clockOffsetMs} />],
            [t('devices.dropped'), String(device.droppedRecords)],
            ...(device.splitFromId === null
              ? []
              : [[t('devices.splitFrom'), <Split device={device} />] as const]),
          ]}
        />
      </Section>
    </div>
  );
}

function Split(properties: { readonly device: Device }) {
  const { splitFromId } = properties.device;
  return <RouterLink to={`/devices/${splitFromId ?? ''}`}>{splitFromId}</RouterLink>;
}

function TagList(properties: { readonly tags: readonly string[] }) {
  if (properties.tags.length === 0) return <Nothing />;
  return (
    <span className="flex flex-wrap gap-1">
      {properties.tags.map((tag) => (
        <Chip key={tag} tone="accent" text={tag} />
      ))}
    </span>
  );
}

function Gateway(properties: { readonly device: Device }) {
  const { gatewayIp, gatewayMac } = properties.device;
  return (
    <span>
      <Hostile text={gatewayIp} isMono />{' '}
      {gatewayMac !== null && <Hostile text={gatewayMac} isMono />}
    </span>
  );
}

function ClockOffset(properties: { readonly offsetMs: number | null }) {
  const { offsetMs } = properties;
  if (offsetMs === null) return <Nothing />;
  const isNotable = Math.abs(offsetMs) > CLOCK_OFFSET_NOTABLE_MS;
  if (Math.abs(offsetMs) < CLOCK_OFFSET_SHOWN_MS) return <span>{t('devices.clockRight')}</span>;
  const words = t(offsetMs < 0 ? 'devices.clockBehind' : 'devices.clockAhead', {
    duration: formatDuration(Math.abs(offsetMs)),
  });
  return isNotable ? <Chip tone="warn" text={words} /> : <span>{words}</span>;
}

function Vitals(properties: { readonly device: Device }) {
  const { device } = properties;
  const nowMs = useNow();
  const uptime =
    device.bootedAt === null ? undefined : formatDuration(nowMs - Date.parse(device.bootedAt));
  return (
    <Section title={t('devices.vitals')}>
      <div className="flex flex-col gap-3.5">
        <Meter
          label={t('field.cpu')}
          share={device.cpuPercent === null ? null : device.cpuPercent / 100}
        />
        <Meter
          label={t('field.memory')}
          share={shareOf(device.memoryUsedBytes, device.memoryTotalBytes)}
          detail={usedText(device.memoryUsedBytes, device.memoryTotalBytes)}
        />
        <Meter
          label={t('field.disk')}
          share={shareOf(device.diskUsedBytes, device.diskTotalBytes)}
          detail={usedText(device.diskUsedBytes, device.diskTotalBytes)}
        />
        <Facts facts={[[t('devices.uptime'), uptime ?? <Nothing />]]} />
      </div>
    </Section>
  );
}

function usedText(used: number | null, total: number | null): string | undefined {
  if (used === null || total === null) return undefined;
  return t('devices.used', { used: formatBytes(used), total: formatBytes(total) });
}

/** A share that deserves a look, and one that needs it. */
const SHARE_HIGH = 0.8;
const SHARE_FULL = 0.92;

function Meter(properties: {
  readonly label: string;
  readonly share: number | null;
  readonly detail?: string | undefined;
}) {
  const { label, share, detail } = properties;
  return (
    <div>
      <div className="mb-1 flex items-baseline justify-between gap-3">
        <span className="text-muted">{label}</span>
        <span>
          {detail !== undefined && <span className="mr-2 text-xs text-muted">{detail}</span>}
          <span className="font-semibold">{share === null ? '–' : formatPercent(share)}</span>
        </span>
      </div>
      <div
        className="bar"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round((share ?? 0) * 100)}
      >
        <span style={{ width: `${(share ?? 0) * 100}%`, background: barColour(share ?? 0) }} />
      </div>
    </div>
  );
}

function barColour(share: number): string {
  if (share >= SHARE_FULL) return 'var(--fill-bad)';
  return share >= SHARE_HIGH ? 'var(--fill-warn)' : 'var(--solid)';
}
