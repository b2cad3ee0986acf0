import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { blockedAddressRoutes, type BlockedAddress } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { ConsoleError } from '../../request.ts';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { CheckField, TextField } from '../../ui/Field.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { PageBody, PageHead, Section } from '../../ui/Page.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { Time } from '../../ui/Time.tsx';

const QUERY_KEY = ['blocked-addresses'];

/** Addresses that may not reach the controller for a while. */
export function BlockedAddressPage() {
  const [isBlocking, setBlocking] = useState(false);
  const mayChange = useMay('platform:update');
  const blocked = useQuery({
    queryKey: QUERY_KEY,
    queryFn: ({ signal }) => call(blockedAddressRoutes.list, { signal }),
  });
  return (
    <PageBody>
      <PageHead
        title={t('nav.blockedAddresses')}
        detail={t('blocked.hint')}
        actions={
          mayChange && (
            <button type="button" className="button" onClick={() => setBlocking(true)}>
              {t('blocked.block')}
            </button>
          )
        }
      />
      <Loaded query={blocked}>{(data) => <Table rows={data.data} />}</Loaded>
      {isBlocking && <BlockDialog onClose={() => setBlocking(false)} />}
    </PageBody>
  );
}

function Table(properties: { readonly rows: readonly BlockedAddress[] }) {
  const { rows } = properties;
  return (
    <Section title={t('blocked.now', { count: rows.length })} isFlush>
      {rows.length === 0 && <p className="p-4 text-muted">{t('blocked.none')}</p>}
      {rows.length > 0 && (
        <table className="data-table">
          <thead>
            <tr>
              <th scope="col">{t('field.address')}</th>
              <th scope="col">{t('field.reason')}</th>
              <th scope="col">{t('field.origin')}</th>
              <th scope="col">{t('field.createdAt')}</th>
              <th scope="col">{t('field.expiresAt')}</th>
              <th scope="col">{t('field.actions')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.id} row={row} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Row(properties: { readonly row: BlockedAddress }) {
  const { row } = properties;
  const mayChange = useMay('platform:update');
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => call(blockedAddressRoutes.delete, { params: { id: row.id } }),
    onSettled: () => client.invalidateQueries({ queryKey: QUERY_KEY }),
  });
  return (
    <tr>
      <td>
        <Hostile text={row.cidr} isMono />
      </td>
      <td>
        <Hostile text={row.reason} />
      </td>
      <td>{t(`blocked.${row.origin}`)}</td>
      <td>
        <Time at={row.createdAt} />
      </td>
      <td>{row.expiresAt === null ? t('blocked.forever') : <Time at={row.expiresAt} />}</td>
      <td>
        {mayChange && (
          <button
            type="button"
            className="button button-small"
            disabled={remove.isPending}
            onClick={() => remove.mutate()}
          >
            {t('blocked.unblock')}
          </button>
        )}
      </td>
    </tr>
  );
}

function BlockDialog(properties: { readonly onClose: () => void }) {
  const { onClose } = properties;
  const [cidr, setCidr] = useState('');
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState('24');
  const [isOwnAddressConfirmed, setConfirmed] = useState(false);
  const client = useQueryClient();
  const block = useMutation({
    mutationFn: () =>
      call(blockedAddressRoutes.create, {
        body: {
          cidr,
          reason,
          expiresInHours: hours === '' ? null : Number(hours),
          isOwnAddressConfirmed,
        },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: QUERY_KEY });
      onClose();
    },
  });
  const isOwnAddress = block.error instanceof ConsoleError && block.error.code === 'conflict';
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    block.mutate();
  };
  return (
    <Dialog isOpen onClose={onClose} title={t('blocked.block')}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField
          label={t('field.address')}
          placeholder="203.0.113.7"
          value={cidr}
          onChange={setCidr}
          error={block.error}
          pointer="/cidr"
          isMono
          isRequired
        />
        <TextField
          label={t('field.reason')}
          value={reason}
          onChange={setReason}
          lengthMax={120}
          isRequired
        />
        <TextField
          label={t('blocked.hours')}
          hint={t('blocked.hoursHint')}
          type="number"
          min={1}
          max={8_760}
          value={hours}
          onChange={setHours}
        />
        {isOwnAddress && (
          <CheckField
            label={t('blocked.own')}
            isChecked={isOwnAddressConfirmed}
            onChange={setConfirmed}
          />
        )}
        <ProblemNote error={block.error} />
        <DialogButtons
          onCancel={onClose}
          submit={t('blocked.block')}
          isBusy={block.isPending}
          isDanger
        />
      </form>
    </Dialog>
  );
}
