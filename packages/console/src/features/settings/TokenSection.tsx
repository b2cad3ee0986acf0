import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { apiTokenRoutes, type ApiToken, type Permission } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { useStore } from '../../store.ts';
import { CopyLine } from '../../ui/CopyLine.tsx';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { CheckField, TextField } from '../../ui/Field.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { Section } from '../../ui/Page.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { Time } from '../../ui/Time.tsx';

const QUERY_KEY = ['api-tokens'];

/** Tokens for scripts: made with chosen permissions, shown once, revoked at any time. */
export function TokenSection() {
  const [isCreating, setCreating] = useState(false);
  const tokens = useQuery({
    queryKey: QUERY_KEY,
    queryFn: ({ signal }) => call(apiTokenRoutes.list, { signal }),
  });
  return (
    <Loaded query={tokens}>
      {({ data }) => (
        <Section
          title={t('settings.tokens')}
          isFlush
          actions={
            <button type="button" className="button button-small" onClick={() => setCreating(true)}>
              {t('tokens.create')}
            </button>
          }
        >
          {data.length === 0 && <p className="p-4 text-muted">{t('tokens.none')}</p>}
          <ul>
            {data.map((token) => (
              <Row key={token.id} token={token} />
            ))}
          </ul>
          {isCreating && <CreateDialog onClose={() => setCreating(false)} />}
        </Section>
      )}
    </Loaded>
  );
}

function Row(properties: { readonly token: ApiToken }) {
  const { token } = properties;
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => call(apiTokenRoutes.revoke, { params: { id: token.id } }),
    onSettled: () => client.invalidateQueries({ queryKey: QUERY_KEY }),
  });
  return (
    <li className="flex items-center gap-4 border-b border-line px-4 py-3 last:border-b-0">
      <div className="min-w-0 grow">
        <p className="font-medium">
          <Hostile text={token.name} /> <span className="mono text-muted">{token.prefix}…</span>
        </p>
        <p className="text-xs text-muted">
          {t('tokens.permissions', { count: token.permissions.length })} · {t('field.expiresAt')}{' '}
          <Time at={token.expiresAt} /> · {t('settings.lastUsed')} <Time at={token.lastUsedAt} />
        </p>
      </div>
      <button
        type="button"
        className="button button-small button-danger"
        onClick={() => revoke.mutate()}
      >
        {t('action.revoke')}
      </button>
    </li>
  );
}

const none: readonly Permission[] = [];

function CreateDialog(properties: { readonly onClose: () => void }) {
  const { onClose } = properties;
  const own = useStore((state) => state.session?.permissions ?? none);
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const [chosen, setChosen] = useState<ReadonlySet<Permission>>(
    new Set(own.filter((permission) => permission.endsWith(':read'))),
  );
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () =>
      call(apiTokenRoutes.create, {
        body: { name, permissions: [...chosen], expiresInDays: Number(days) },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: QUERY_KEY }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate();
  };
  if (create.data) {
    return (
      <Dialog isOpen onClose={onClose} title={t('tokens.created')} description={t('tokens.once')}>
        <CopyLine text={create.data.value} label={t('tokens.created')} />
      </Dialog>
    );
  }
  return (
    <Dialog isOpen isWide onClose={onClose} title={t('tokens.create')}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <div className="grid gap-3 sm:grid-cols-2">
          <TextField
            label={t('field.name')}
            value={name}
            onChange={setName}
            lengthMax={120}
            isRequired
          />
          <TextField
            label={t('tokens.days')}
            type="number"
            min={1}
            max={730}
            value={days}
            onChange={setDays}
            isRequired
          />
        </div>
        <fieldset>
          <legend className="mb-1 font-medium">{t('tokens.allowed')}</legend>
          <div
            tabIndex={0}
            role="group"
            aria-label={t('tokens.allowed')}
            className="grid max-h-52 gap-1 overflow-y-auto rounded-lg border border-line p-3 sm:grid-cols-2"
          >
            {own.map((permission) => (
              <CheckField
                key={permission}
                label={<span className="mono text-xs">{permission}</span>}
                isChecked={chosen.has(permission)}
                onChange={(isChecked) => {
                  const next = new Set(chosen);
                  if (isChecked) next.add(permission);
                  else next.delete(permission);
                  setChosen(next);
                }}
              />
            ))}
          </div>
        </fieldset>
        <ProblemNote error={create.error} />
        <DialogButtons
          onCancel={onClose}
          submit={t('tokens.create')}
          isBusy={create.isPending}
          isDisabled={chosen.size === 0}
        />
      </form>
    </Dialog>
  );
}
