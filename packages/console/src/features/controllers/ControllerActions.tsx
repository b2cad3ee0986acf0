import { visibleText } from '@wardgrid/base';
import { controllerRoutes, type Controller } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { useMutation } from '@tanstack/react-query';
import { call, queryClient } from '../../api.ts';
import { useIsCloud } from '../../local-view.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { SelectField, TextField } from '../../ui/Field.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { descendantsOf, findNode, forestOf } from './controller-tree.ts';

type Asked = 'rename' | 'move' | 'revoke';

async function refresh(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: ['controllers'] });
}

/** What can be done with a controller; only the cloud puts it elsewhere, for it signs where each stands. */
export function ControllerActions(properties: {
  readonly controller: Controller;
  readonly all: readonly Controller[];
}) {
  const { controller, all } = properties;
  const [asked, setAsked] = useState<Asked | null>(null);
  const mayManage = useMay('controllers:manage');
  const isCloud = useIsCloud();
  if (!mayManage || controller.state === 'revoked') return null;
  const close = (): void => setAsked(null);
  const isTop = controller.layer === 0;
  return (
    <>
      <button type="button" className="button" onClick={() => setAsked('rename')}>
        {t('action.rename')}
      </button>
      {!isTop && isCloud && (
        <button type="button" className="button" onClick={() => setAsked('move')}>
          {t('controllers.move')}
        </button>
      )}
      {!isTop && !controller.isSelf && (
        <button type="button" className="button button-danger" onClick={() => setAsked('revoke')}>
          {t('action.revoke')}
        </button>
      )}
      {asked === 'rename' && <RenameDialog controller={controller} onClose={close} />}
      {asked === 'move' && <MoveDialog controller={controller} all={all} onClose={close} />}
      {asked === 'revoke' && <RevokeDialog controller={controller} onClose={close} />}
    </>
  );
}

interface DialogProperties {
  readonly controller: Controller;
  readonly onClose: () => void;
}

function useUpdate({ controller, onClose }: DialogProperties) {
  return useMutation({
    mutationFn: (body: { readonly name?: string; readonly parentId?: Controller['id'] }) =>
      call(controllerRoutes.update, { params: { id: controller.id }, body }),
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
}

function RenameDialog(properties: DialogProperties) {
  const { controller, onClose } = properties;
  const [name, setName] = useState(controller.name);
  const update = useUpdate(properties);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    update.mutate({ name });
  };
  return (
    <Dialog isOpen onClose={onClose} title={t('action.rename')}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField
          label={t('field.name')}
          value={name}
          onChange={setName}
          error={update.error}
          pointer="/name"
          lengthMax={120}
          isRequired
        />
        <ProblemNote error={update.error} />
        <DialogButtons onCancel={onClose} submit={t('action.save')} isBusy={update.isPending} />
      </form>
    </Dialog>
  );
}

function MoveDialog(properties: DialogProperties & { readonly all: readonly Controller[] }) {
  const { controller, all, onClose } = properties;
  const choices = parentsFor(controller, all);
  const [chosen, setChosen] = useState<string>(controller.parentId ?? '');
  const update = useUpdate(properties);
  const parent = choices.find(({ id }) => id === chosen);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (parent) update.mutate({ parentId: parent.id });
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('controllers.moveTitle', { name: visibleText(controller.name) })}
      description={t('controllers.moveHint')}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <SelectField
          label={t('controllers.parent')}
          value={chosen}
          onChange={setChosen}
          error={update.error}
          pointer="/parentId"
          choices={choices.map((one) => ({
            value: one.id,
            text: `${visibleText(one.name)} (${t('shell.layer', { layer: one.layer })})`,
          }))}
        />
        <ProblemNote error={update.error} />
        <DialogButtons
          onCancel={onClose}
          submit={t('controllers.move')}
          isBusy={update.isPending}
          isDisabled={!parent || parent.id === controller.parentId}
        />
      </form>
    </Dialog>
  );
}

/** Whom a controller could stand below: active ones of its tenant, but itself and those below it. */
function parentsFor(controller: Controller, all: readonly Controller[]): readonly Controller[] {
  const own = all.filter(({ tenantId }) => tenantId === controller.tenantId);
  const node = findNode(forestOf(own), controller.id);
  const below = new Set((node ? descendantsOf(node) : []).map((one) => one.controller.id));
  return own.filter(
    ({ id, state }) => state === 'active' && id !== controller.id && !below.has(id),
  );
}

function RevokeDialog(properties: DialogProperties) {
  const { controller, onClose } = properties;
  const [reason, setReason] = useState('');
  return (
    <ConfirmDialog
      title={t('controllers.revokeTitle', { name: visibleText(controller.name) })}
      description={t('controllers.revokeHint')}
      submit={t('action.revoke')}
      onClose={onClose}
      run={async () => {
        const body = reason.trim() === '' ? {} : { reason: reason.trim() };
        await call(controllerRoutes.revoke, { params: { id: controller.id }, body });
        await refresh();
      }}
    >
      <TextField label={t('field.reason')} value={reason} onChange={setReason} lengthMax={300} />
    </ConfirmDialog>
  );
}
