import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { deviceRoutes, jobRoutes, type Device } from '@wardgrid/wire';
import { visibleText } from '@wardgrid/base';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../ui/Menu.tsx';
import { ProblemNote, problemText } from '../../ui/Problem.tsx';
import { MalwareScanDialog } from '../jobs/index.ts';
import { tagsOf } from './DeviceBulkActions.tsx';

/** What is done with one device now and then. */
export function DeviceActions(properties: { readonly device: Device }) {
  const { device } = properties;
  const [open, setOpen] = useState<'edit' | 'retire' | 'scan' | null>(null);
  const mayChange = useMay('devices:update');
  const mayDelete = useMay('devices:delete');
  const mayRun = useMay('jobs:create');
  const collect = useMutation({
    mutationFn: () =>
      call(jobRoutes.create, {
        body: {
          deviceId: device.id,
          task: {
            kind: 'inventory',
            sections: ['system', 'hardware', 'network', 'users', 'software', 'services'],
          },
        },
      }),
    onSuccess: () => notify('ok', t('devices.jobsMade', { count: 1 })),
    onError: (error) => notify('bad', problemText(error)),
  });
  if (!mayChange && !mayDelete && !mayRun) return null;
  return (
    <>
      <Menu
        label={t('devices.actions')}
        trigger={<Icon name="more" />}
        className="button button-icon"
      >
        {mayRun && <MenuItem onSelect={() => setOpen('scan')}>{t('malwareScan.action')}</MenuItem>}
        {mayRun && <MenuItem onSelect={() => collect.mutate()}>{t('devices.collect')}</MenuItem>}
        {mayChange && <MenuItem onSelect={() => setOpen('edit')}>{t('devices.edit')}</MenuItem>}
        {mayDelete && (
          <>
            <MenuSeparator />
            <MenuItem onSelect={() => setOpen('retire')}>
              <span className="text-bad">{t('devices.retire')}</span>
            </MenuItem>
          </>
        )}
      </Menu>
      {open === 'scan' && <MalwareScanDialog device={device} onClose={() => setOpen(null)} />}
      {open === 'edit' && <EditDialog device={device} onClose={() => setOpen(null)} />}
      {open === 'retire' && <RetireDialog device={device} onClose={() => setOpen(null)} />}
    </>
  );
}

interface DialogProperties {
  readonly device: Device;
  readonly onClose: () => void;
}

function EditDialog({ device, onClose }: DialogProperties) {
  const [name, setName] = useState(device.name);
  const [tags, setTags] = useState(device.tags.join(', '));
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      call(deviceRoutes.update, { params: { id: device.id }, body: { name, tags: tagsOf(tags) } }),
    onSuccess: (saved) => {
      client.setQueryData(['devices', 'one', device.id], saved);
      onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog isOpen onClose={onClose} title={t('devices.edit')}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField
          label={t('field.name')}
          value={name}
          onChange={setName}
          error={save.error}
          pointer="/name"
          isRequired
        />
        <TextField
          label={t('field.tags')}
          hint={t('devices.tagsHint')}
          value={tags}
          onChange={setTags}
        />
        <ProblemNote error={save.error} />
        <DialogButtons onCancel={onClose} submit={t('action.save')} isBusy={save.isPending} />
      </form>
    </Dialog>
  );
}

function RetireDialog({ device, onClose }: DialogProperties) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const retire = useMutation({
    mutationFn: () => call(deviceRoutes.delete, { params: { id: device.id } }),
    onSuccess: async () => {
      await navigate({ to: '/devices' });
      await client.invalidateQueries({ queryKey: ['devices', 'list'] });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    retire.mutate();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('devices.retireTitle', { name: visibleText(device.name) })}
      description={t('devices.retireHint')}
    >
      <form onSubmit={submit}>
        <ProblemNote error={retire.error} />
        <DialogButtons
          onCancel={onClose}
          submit={t('devices.retire')}
          isBusy={retire.isPending}
          isDanger
        />
      </form>
    </Dialog>
  );
}
