import { useQuery } from '@tanstack/react-query';
import { deviceRoutes, type InventoryBody } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { ConsoleError } from '../../request.ts';
import { StateChip } from '../../ui/Chips.tsx';
import { formatBytes } from '../../ui/format.ts';
import { Hostile } from '../../ui/Hostile.tsx';
import { Facts, Section, Skeleton } from '../../ui/Page.tsx';
import { RowTable } from '../../ui/RowTable.tsx';
import { Degraded } from '../../ui/Problem.tsx';
import { Time } from '../../ui/Time.tsx';

type Section_ = InventoryBody['section'];
type Of<Name extends Section_> = Extract<InventoryBody, { section: Name }>;

const sections: readonly string[] = ['hardware', 'network', 'software', 'services', 'users'];

/** Whether a tab shows a section of the inventory. */
export function isInventoryTab(tab: string): tab is Section_ {
  return sections.includes(tab);
}

/** The newest inventory of one section. */
export function InventoryTab(properties: {
  readonly deviceId: string;
  readonly section: Section_;
}) {
  const { deviceId, section } = properties;
  const inventory = useQuery({
    queryKey: ['devices', 'one', deviceId, 'inventory', section],
    queryFn: ({ signal }) =>
      call(deviceRoutes.inventory, { params: { id: deviceId, section }, signal }),
  });
  if (inventory.error) {
    const isAbsent =
      inventory.error instanceof ConsoleError && inventory.error.code === 'not-found';
    if (isAbsent) return <p className="py-10 text-center text-muted">{t('inventory.none')}</p>;
    return <Degraded error={inventory.error} onRetry={() => void inventory.refetch()} />;
  }
  if (!inventory.data) return <Skeleton rows={8} />;
  return (
    <>
      <Body content={inventory.data.content} />
      <p className="text-xs text-muted">
        {t('inventory.collected')} <Time at={inventory.data.collectedAt} />
      </p>
    </>
  );
}

function Body(properties: { readonly content: InventoryBody }) {
  const { content } = properties;
  switch (content.section) {
    case 'hardware':
      return <Hardware content={content} />;
    case 'network':
      return <Network content={content} />;
    case 'software':
      return <Software content={content} />;
    case 'services':
      return <Services content={content} />;
    case 'users':
      return <Users content={content} />;
    case 'system':
    case 'processes':
      return null;
  }
}

function Hardware(properties: { readonly content: Of<'hardware'> }) {
  const { content } = properties;
  return (
    <>
      <Section title={t('inventory.hardware')}>
        <Facts
          facts={[
            [t('inventory.vendor'), <Hostile text={content.vendor} />],
            [t('inventory.model'), <Hostile text={content.model} />],
            [t('inventory.serial'), <Hostile text={content.serialNumber} isMono />],
            [t('inventory.bios'), <Hostile text={content.biosVersion} />],
            [t('inventory.processor'), <Hostile text={content.cpuModel} />],
            [t('inventory.cores'), String(content.cpuCores)],
            [t('field.memory'), formatBytes(content.memoryBytes)],
          ]}
        />
      </Section>
      <RowTable
        title={t('inventory.filesystems')}
        heads={[
          t('inventory.mount'),
          t('inventory.device'),
          t('inventory.type'),
          t('inventory.used'),
          t('inventory.size'),
        ]}
        rows={content.filesystems.map((row) => ({
          words: `${row.mountPoint} ${row.device} ${row.type}`,
          cells: [
            row.mountPoint,
            row.device,
            row.type,
            formatBytes(row.usedBytes),
            formatBytes(row.sizeBytes),
          ],
        }))}
      />
      <RowTable
        title={t('inventory.disks')}
        heads={[t('field.name'), t('inventory.model'), t('inventory.kind'), t('inventory.size')]}
        rows={content.disks.map((row) => ({
          words: `${row.name} ${row.model ?? ''}`,
          cells: [
            row.name,
            row.model,
            row.isRotational ? t('inventory.rotating') : t('inventory.solid'),
            formatBytes(row.sizeBytes),
          ],
        }))}
      />
    </>
  );
}

function Network(properties: { readonly content: Of<'network'> }) {
  const { content } = properties;
  return (
    <>
      <RowTable
        title={t('inventory.interfaces')}
        heads={[
          t('field.name'),
          t('inventory.kind'),
          t('inventory.addresses'),
          t('field.mac'),
          'MTU',
        ]}
        rows={content.interfaces.map((row) => ({
          words: `${row.name} ${row.macAddress ?? ''}`,
          cells: [
            row.name,
            row.kind,
            row.addresses.map(({ ip, prefix }) => `${ip}/${prefix}`).join('  '),
            row.macAddress,
            String(row.mtu),
          ],
        }))}
      />
      <RowTable
        title={t('inventory.listeners')}
        heads={[t('field.port'), t('inventory.addresses'), t('inventory.process'), 'PID']}
        rows={content.listeners.map((row) => ({
          words: `${row.port} ${row.address} ${row.process ?? ''}`,
          cells: [
            `${row.port}/${row.transport}`,
            row.address,
            row.process,
            row.pid === null ? null : String(row.pid),
          ],
        }))}
      />
      <RowTable
        title={t('inventory.routes')}
        heads={[t('inventory.destination'), t('field.gateway'), t('inventory.interface')]}
        rows={content.routes.map((row) => ({
          words: `${row.destination} ${row.gateway ?? ''}`,
          cells: [row.destination, row.gateway, row.interfaceName],
        }))}
      />
      <Section title={t('inventory.dns')}>
        <Hostile text={content.dnsServers.join('  ')} isMono />
      </Section>
    </>
  );
}

function Software(properties: { readonly content: Of<'software'> }) {
  return (
    <RowTable
      title={t('inventory.software')}
      isTruncated={properties.content.isTruncated}
      heads={[t('field.name'), t('field.version'), t('inventory.source')]}
      rows={properties.content.packages.map((row) => ({
        words: `${row.name} ${row.version}`,
        cells: [row.name, row.version, row.source],
      }))}
    />
  );
}

function Services(properties: { readonly content: Of<'services'> }) {
  return (
    <RowTable
      title={t('inventory.services')}
      isTruncated={properties.content.isTruncated}
      heads={[t('field.name'), t('inventory.displayName'), t('field.state'), t('inventory.start')]}
      rows={properties.content.services.map((row) => ({
        words: `${row.name} ${row.displayName ?? ''} ${row.state}`,
        cells: [row.name, row.displayName, <StateChip state={row.state} />, row.startMode],
      }))}
    />
  );
}

function Users(properties: { readonly content: Of<'users'> }) {
  const { content } = properties;
  return (
    <>
      <RowTable
        title={t('inventory.sessions')}
        heads={[
          t('field.name'),
          t('inventory.terminal'),
          t('inventory.from'),
          t('inventory.since'),
        ]}
        rows={content.sessions.map((row) => ({
          words: row.user,
          cells: [
            row.user,
            row.terminal,
            row.remoteHost,
            <Time at={new Date(row.since).toISOString()} />,
          ],
        }))}
      />
      <RowTable
        title={t('inventory.accounts')}
        isTruncated={content.isTruncated}
        heads={[
          t('field.name'),
          'UID',
          t('inventory.rights'),
          t('inventory.home'),
          t('inventory.shell'),
        ]}
        rows={content.accounts.map((row) => ({
          words: `${row.name} ${row.home}`,
          cells: [
            row.name,
            row.uid === null ? null : String(row.uid),
            [
              ...(row.isAdmin ? [t('inventory.admin')] : []),
              ...(row.canLogIn ? [t('inventory.canLogIn')] : []),
            ].join(', '),
            row.home,
            row.shell,
          ],
        }))}
      />
    </>
  );
}
