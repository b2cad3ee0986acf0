import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { policyRoutes } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { useScopeTargets } from '../../scopes.ts';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { SelectField, TextField } from '../../ui/Field.tsx';
import { ListPage } from '../../ui/list/ListPage.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { policyList } from './policy-list.tsx';

/** Which node asks for which protection. */
export function PolicyListPage() {
  const [isMaking, setMaking] = useState(false);
  const mayCreate = useMay('policies:create');
  return (
    <>
      <ListPage
        definition={policyList}
        actions={
          mayCreate && (
            <button type="button" className="button button-solid" onClick={() => setMaking(true)}>
              {t('policies.create')}
            </button>
          )
        }
      />
      {isMaking && <CreateDialog onClose={() => setMaking(false)} />}
    </>
  );
}

/** A new policy decides nothing yet; its page is where it is filled. */
function CreateDialog(properties: { readonly onClose: () => void }) {
  const { onClose } = properties;
  const targets = useScopeTargets();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const target = targets.find(({ value }) => value === chosen) ?? targets[0];
  const navigate = useNavigate();
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () => {
      if (!target) throw new Error('there is no node to make a policy for');
      return call(policyRoutes.create, { body: { name, target: target.target, fields: {} } });
    },
    onSuccess: async (policy) => {
      await client.invalidateQueries({ queryKey: ['policies', 'list'] });
      await navigate({ to: `/policies/${policy.id}` });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('policies.create')}
      description={t('policies.createHint')}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField
          label={t('field.name')}
          value={name}
          onChange={setName}
          error={create.error}
          pointer="/name"
          lengthMax={120}
          isRequired
        />
        <SelectField
          label={t('policy.target')}
          value={target?.value ?? ''}
          onChange={setChosen}
          choices={targets}
        />
        <ProblemNote error={create.error} />
        <DialogButtons
          onCancel={onClose}
          submit={t('action.create')}
          isBusy={create.isPending}
          isDisabled={!target}
        />
      </form>
    </Dialog>
  );
}
