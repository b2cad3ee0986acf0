import { useQuery } from '@tanstack/react-query';
import { deviceRoutes, type Device } from '@wardgrid/wire';
import { visibleText } from '@wardgrid/base';
import { useState } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { Chip, StateChip } from '../../ui/Chips.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { ListView } from '../../ui/list/ListView.tsx';
import { PageBody, PageHead, Skeleton, Tabs } from '../../ui/Page.tsx';
import { Degraded } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { findingList, threatList } from '../findings/index.ts';
import { jobList, ScanDialog } from '../jobs/index.ts';
import { EffectivePolicyTab } from '../policies/index.ts';
import { quarantineList } from '../quarantine/index.ts';
import { DeviceActions } from './DeviceActions.tsx';
import { DeviceOverview } from './DeviceOverview.tsx';
import { InventoryTab, isInventoryTab } from './InventoryTab.tsx';
import { ProcessesTab } from './ProcessesTab.tsx';
import { ProtectionTab } from './ProtectionTab.tsx';
import { TimelineTab } from './TimelineTab.tsx';
import { usePathId, useSearchValues } from '../../ui/use-address.ts';

/** One device: how it is, what it has, what was done with it and what was found. */
export function DevicePage() {
  const id = usePathId();
  const { tab = 'overview' } = useSearchValues();
  const device = useQuery({
    queryKey: ['devices', 'one', id],
    queryFn: ({ signal }) => call(deviceRoutes.read, { params: { id }, signal }),
  });
  if (device.data) return <Loaded device={device.data} tab={tab} />;
  if (device.error) {
    return <Degraded error={device.error} onRetry={() => void device.refetch()} />;
  }
  return (
    <PageBody>
      <Skeleton rows={8} />
    </PageBody>
  );
}

function Loaded(properties: { readonly device: Device; readonly tab: string }) {
  const { device, tab } = properties;
  const [isScanning, setScanning] = useState(false);
  const mayScan = useMay('jobs:create');
  return (
    <PageBody>
      <PageHead
        title={visibleText(device.name)}
        parent={{ to: '/devices', text: t('nav.devices') }}
        thing={{ noun: 'devices', id: device.id, ref: device.ref }}
        detail={<Detail device={device} />}
        actions={
          <>
            <DeviceActions device={device} />
            {mayScan && (
              <button
                type="button"
                className="button button-solid"
                onClick={() => setScanning(true)}
              >
                <Icon name="scan" />
                {t('scan.action')}
              </button>
            )}
          </>
        }
      />
      {device.away && <AwayNote away={device.away} />}
      <DeviceTabs device={device} tab={tab} />
      <Content device={device} tab={tab} />
      {isScanning && <ScanDialog device={device} onClose={() => setScanning(false)} />}
    </PageBody>
  );
}

function Detail(properties: { readonly device: Device }) {
  const { device } = properties;
  return (
    <>
      <StateChip state={device.status} />
      {device.isGrace && (
        <span title={t('devices.graceHint')}>
          <Chip tone="warn" text={t('devices.grace')} />
        </span>
      )}
      <span>
        <Hostile text={`${device.osName} ${device.osVersion}`} />
      </span>
      <span aria-hidden="true">·</span>
      <RouterLink to={`/organizations/${device.organizationId}`} className="hover:underline">
        <Hostile text={device.organizationName} />
      </RouterLink>
      <span aria-hidden="true">·</span>
      <span>
        {t('devices.seen')} <Time at={device.lastSeenAt} />
      </span>
    </>
  );
}

/** Whoever looks at an old picture is told so. */
function AwayNote(properties: { readonly away: NonNullable<Device['away']> }) {
  const { since, controllerName } = properties.away;
  const words =
    controllerName === null
      ? t('devices.awayUnnamed')
      : t('devices.away', { name: controllerName });
  return (
    <p role="status" className="mb-4 rounded-md bg-warn-soft px-3 py-2 text-warn">
      <Hostile text={words} /> <Time at={since} />.
    </p>
  );
}

function DeviceTabs(properties: { readonly device: Device; readonly tab: string }) {
  const { device, tab } = properties;
  const mayJobs = useMay('jobs:read');
  const mayFindings = useMay('findings:read');
  const mayEvents = useMay('events:read');
  const mayQuarantine = useMay('quarantine:read');
  const mayPolicies = useMay('policies:read');
  return (
    <Tabs
      label={t('devices.tabs')}
      to={`/devices/${device.id}`}
      current={tab}
      tabs={[
        { key: 'overview', text: t('nav.overview') },
        { key: 'protection', text: t('protection.title') },
        ...(mayEvents ? [{ key: 'timeline', text: t('events.title') }] : []),
        ...(mayFindings ? [{ key: 'threats', text: t('nav.threats') }] : []),
        ...(mayQuarantine ? [{ key: 'quarantine', text: t('nav.quarantine') }] : []),
        ...(mayPolicies ? [{ key: 'policy', text: t('policy.title') }] : []),
        { key: 'processes', text: t('threats.tree') },
        { key: 'hardware', text: t('inventory.hardware') },
        { key: 'network', text: t('inventory.network') },
        { key: 'software', text: t('inventory.software') },
        { key: 'services', text: t('inventory.services') },
        { key: 'users', text: t('inventory.users') },
        ...(mayJobs ? [{ key: 'jobs', text: t('nav.jobs') }] : []),
        ...(mayFindings
          ? [{ key: 'findings', text: t('nav.findings'), count: device.openFindings }]
          : []),
      ]}
    />
  );
}

function Content(properties: { readonly device: Device; readonly tab: string }) {
  const { device, tab } = properties;
  const { id } = device;
  const list = { baseFilter: `deviceId:${id}`, className: 'h-[32rem]' };
  switch (tab) {
    case 'jobs':
      return <ListView definition={jobList} {...list} />;
    case 'findings':
      return <ListView definition={findingList} {...list} />;
    case 'threats':
      return <ListView definition={threatList} {...list} />;
    case 'quarantine':
      return <ListView definition={quarantineList} {...list} />;
    case 'protection':
      return <ProtectionTab deviceId={id} />;
    case 'timeline':
      return <TimelineTab deviceId={id} />;
    case 'policy':
      return <EffectivePolicyTab deviceId={id} />;
    case 'processes':
      return <ProcessesTab deviceId={id} />;
    default:
      if (isInventoryTab(tab)) return <InventoryTab key={tab} deviceId={id} section={tab} />;
      return <DeviceOverview device={device} />;
  }
}
