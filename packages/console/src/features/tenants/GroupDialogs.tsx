import { useMutation, useQuery } from '@tanstack/react-query';
import { groupRoutes, type Group, type OrganizationId } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call, queryClient } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { SelectField } from '../../ui/Field.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { placesFor } from './group-tree.ts';
import { groupsOf } from './groups-of.ts';
import { NameDialog } from './NameDialog.tsx';

/** What a person is about to do to a group. */
export type GroupAct =
  | { readonly kind: 'create'; readonly parent: Group | null }
  | { readonly kind: 'rename' | 'move' | 'delete'; readonly group: Group };

const refresh = () => queryClient.invalidateQueries({ queryKey: ['groups'] });

/** The dialog of what is about to be done, if anything. */
export function GroupDialogs(properties: {
  readonly organizationId: OrganizationId;
  readonly act: GroupAct | null;
  readonly onClose: () => void;
  readonly onDeleted?: () => Promise<void>;
}) {
  const { organizationId, act, onClose } = properties;
  if (!act) return null;
  if (act.kind === 'create') {
    return (
      <NameDialog
        title={act.parent ? t('groups.createIn', { name: act.parent.name }) : t('groups.create')}
        name=""
        submit={t('action.create')}
        onClose={onClose}
        run={async (name) => {
          const parent = act.parent ? { parentId: act.parent.id } : {};
          await call(groupRoutes.create, { body: { name, organizationId, ...parent } });
          await refresh();
        }}
      />
    );
  }
  const params = { id: act.group.id };
  if (act.kind === 'move') return <MoveDialog group={act.group} onClose={onClose} />;
  if (act.kind === 'rename') {
    return (
      <NameDialog
        title={t('action.rename')}
        name={act.group.name}
        submit={t('action.save')}
        onClose={onClose}
        run={async (name) => {
          await call(groupRoutes.update, { params, body: { name } });
          await refresh();
        }}
      />
    );
  }
  return (
    <ConfirmDialog
      title={t('groups.deleteTitle', { name: act.group.name })}
      description={t('groups.deleteHint')}
      submit={t('action.delete')}
      onClose={onClose}
      run={async () => {
        await call(groupRoutes.delete, { params });
        // Away from the page of what is gone first, so that nothing asks for it again.
        await properties.onDeleted?.();
        await refresh();
      }}
    />
  );
}

function MoveDialog(properties: { readonly group: Group; readonly onClose: () => void }) {
  const { group, onClose } = properties;
  const groups = useQuery(groupsOf(group.organizationId));
  const [chosen, setChosen] = useState<string>(group.parentId ?? '');
  const places = placesFor(groups.data?.data ?? [], group.id);
  const move = useMutation({
    mutationFn: () => {
      const parentId = places.find((place) => place.id === chosen)?.id ?? null;
      return call(groupRoutes.update, { params: { id: group.id }, body: { parentId } });
    },
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    move.mutate();
  };
  const top = { value: '', text: group.organizationName };
  return (
    <Dialog isOpen onClose={onClose} title={t('groups.moveTitle', { name: group.name })}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <SelectField
          label={t('groups.moveTo')}
          hint={t('groups.moveHint')}
          value={chosen}
          onChange={setChosen}
          choices={[top, ...places.map((place) => ({ value: place.id, text: place.path }))]}
          error={move.error}
          pointer="/parentId"
        />
        <ProblemNote error={move.error} />
        <DialogButtons
          onCancel={onClose}
          submit={t('groups.move')}
          isBusy={move.isPending}
          isDisabled={!groups.data}
        />
      </form>
    </Dialog>
  );
}
