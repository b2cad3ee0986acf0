import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { visibleText } from '@wardgrid/base';
import { assetRoutes, type Asset } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { StateChip } from '../../ui/Chips.tsx';
import { Hostile, Nothing } from '../../ui/Hostile.tsx';
import { ListView } from '../../ui/list/ListView.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { Facts, PageBody, PageHead, Section } from '../../ui/Page.tsx';
import { problemText } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { findingList } from '../findings/index.ts';
import { usePathId } from '../../ui/use-address.ts';

/** One machine found on a network: what answers there and what is wrong with it. */
export function AssetPage() {
  const id = usePathId();
  const asset = useQuery({
    queryKey: ['assets', 'one', id],
    queryFn: ({ signal }) => call(assetRoutes.read, { params: { id }, signal }),
  });
  return <Loaded query={asset}>{(data) => <Content asset={data} />}</Loaded>;
}

function Content(properties: { readonly asset: Asset }) {
  const { asset } = properties;
  const mayFindings = useMay('findings:read');
  return (
    <PageBody>
      <PageHead
        title={visibleText(asset.name ?? asset.ip)}
        parent={{ to: '/assets', text: t('nav.assets') }}
        thing={{ noun: 'assets', id: asset.id }}
        detail={
          <>
            <StateChip state={asset.state} />
            <Hostile text={asset.ip} isMono />
            <span aria-hidden="true">·</span>
            <span>
              {t('devices.seen')} <Time at={asset.lastSeenAt} />
            </span>
          </>
        }
        actions={<IgnoreButton asset={asset} />}
      />
      <div className="grid gap-5 lg:grid-cols-[2fr_3fr]">
        <Section title={t('devices.identity')}>
          <Facts
            facts={[
              [t('field.ip'), <Hostile text={asset.ip} isMono />],
              [t('field.mac'), <Hostile text={asset.mac} isMono />],
              [t('field.names'), <Hostile text={asset.names.join(', ')} />],
              [t('field.network'), <Hostile text={asset.networkCidr} isMono />],
              [t('field.organization'), <Hostile text={asset.organizationName} />],
              [t('field.group'), <Hostile text={asset.groupName} />],
              [t('field.device'), <DeviceLink asset={asset} />],
              [t('field.firstSeenAt'), <Time at={asset.firstSeenAt} isExact />],
              [t('field.lastSeenAt'), <Time at={asset.lastSeenAt} isExact />],
            ]}
          />
          <NoteForm key={asset.note} asset={asset} />
        </Section>
        <Section title={`${t('field.ports')} (${asset.openPorts})`} isFlush>
          <PortTable asset={asset} />
        </Section>
      </div>
      {mayFindings && (
        <ListView definition={findingList} baseFilter={`assetId:${asset.id}`} className="h-96" />
      )}
    </PageBody>
  );
}

function DeviceLink(properties: { readonly asset: Asset }) {
  const { deviceId, deviceName } = properties.asset;
  if (deviceId === null) return <Nothing />;
  return (
    <RouterLink to={`/devices/${deviceId}`}>
      <Hostile text={deviceName} />
    </RouterLink>
  );
}

function PortTable(properties: { readonly asset: Asset }) {
  const { ports } = properties.asset;
  if (ports.length === 0) return <p className="p-4 text-muted">{t('assets.noPorts')}</p>;
  return (
    <table className="data-table">
      <thead>
        <tr>
          <th scope="col">{t('field.port')}</th>
          <th scope="col">{t('field.service')}</th>
          <th scope="col">{t('field.product')}</th>
          <th scope="col">{t('field.firstSeenAt')}</th>
          <th scope="col">{t('field.lastSeenAt')}</th>
        </tr>
      </thead>
      <tbody>
        {ports.map((port) => (
          <tr key={`${port.transport}/${port.port}`}>
            <td className="mono">
              {port.port}/{visibleText(port.transport)}
            </td>
            <td>
              <Hostile text={port.service} />
            </td>
            <td>
              <Hostile text={[port.product, port.version].filter(Boolean).join(' ')} />
            </td>
            <td>
              <Time at={port.firstSeenAt} />
            </td>
            <td>
              <Time at={port.lastSeenAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type Change = (typeof assetRoutes.update)['body']['_zod']['input'];

function useChange(asset: Asset) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Change) => call(assetRoutes.update, { params: { id: asset.id }, body }),
    onSuccess: (saved) => client.setQueryData(['assets', 'one', asset.id], saved),
    onError: (error) => notify('bad', problemText(error)),
  });
}

function IgnoreButton(properties: { readonly asset: Asset }) {
  const { asset } = properties;
  const change = useChange(asset);
  const mayChange = useMay('assets:update');
  if (!mayChange || asset.state === 'managed') return null;
  const isIgnored = asset.state === 'ignored';
  return (
    <button
      type="button"
      className="button"
      disabled={change.isPending}
      onClick={() => change.mutate({ isIgnored: !isIgnored })}
    >
      {isIgnored ? t('action.takeUp') : t('action.ignore')}
    </button>
  );
}

function NoteForm(properties: { readonly asset: Asset }) {
  const { asset } = properties;
  const [note, setNote] = useState(asset.note ?? '');
  const change = useChange(asset);
  const mayChange = useMay('assets:update');
  if (!mayChange) return null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate({ note: note === '' ? null : note });
  };
  return (
    <form onSubmit={submit} className="mt-4 flex gap-2">
      <input
        className="input"
        aria-label={t('field.note')}
        placeholder={t('field.note')}
        value={note}
        maxLength={120}
        onChange={(event) => setNote(event.target.value)}
      />
      <button type="submit" className="button" disabled={note === (asset.note ?? '')}>
        {t('action.save')}
      </button>
    </form>
  );
}
