import { useMutation, useQueryClient } from '@tanstack/react-query';
import { visibleText } from '@wardgrid/base';
import { quarantineRoutes, type QuarantineEntry } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Nothing } from '../../ui/Hostile.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';

type Verb = 'restore' | 'purge';

/** Brings a sealed file back, or deletes it for good; both ask once, and want a reason. */
export function EntryActions(properties: { readonly entry: QuarantineEntry }) {
  const { entry } = properties;
  const [asked, setAsked] = useState<Verb | null>(null);
  const mayRespond = useMay('devices:respond');
  if (!mayRespond || entry.state !== 'sealed') return <Nothing />;
  return (
    <span className="flex gap-1.5">
      <button type="button" className="button button-small" onClick={() => setAsked('restore')}>
        {t('quarantine.restore')}
      </button>
      <button
        type="button"
        className="button button-small button-danger"
        onClick={() => setAsked('purge')}
      >
        {t('action.delete')}
      </button>
      {asked && <AskDialog entry={entry} verb={asked} onClose={() => setAsked(null)} />}
    </span>
  );
}

function AskDialog(properties: {
  readonly entry: QuarantineEntry;
  readonly verb: Verb;
  readonly onClose: () => void;
}) {
  const { entry, verb, onClose } = properties;
  const [reason, setReason] = useState('');
  const [days, setDays] = useState('30');
  const client = useQueryClient();
  const order = useMutation({
    mutationFn: () => orderOf(verb, { id: entry.id, reason, days }),
    onSuccess: async () => {
      notify('ok', t('quarantine.ordered'));
      onClose();
      await client.invalidateQueries({ queryKey: ['quarantine'] });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    order.mutate();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t(`quarantine.${verb}Title`)}
      description={visibleText(entry.path)}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <p className="text-muted">{t(`quarantine.${verb}Hint`)}</p>
        {verb === 'restore' && (
          <TextField
            label={t('quarantine.exceptionDays')}
            hint={t('quarantine.exceptionHint')}
            type="number"
            min={1}
            max={365}
            value={days}
            onChange={setDays}
          />
        )}
        <TextField
          label={t('field.reason')}
          value={reason}
          onChange={setReason}
          error={order.error}
          pointer="/reason"
          lengthMax={500}
          isRequired
        />
        <ProblemNote error={order.error} />
        <DialogButtons
          onCancel={onClose}
          submit={verb === 'restore' ? t('quarantine.restore') : t('action.delete')}
          isBusy={order.isPending}
          isDanger={verb === 'purge'}
        />
      </form>
    </Dialog>
  );
}

interface Given {
  readonly id: string;
  readonly reason: string;
  readonly days: string;
}

/** Without days, the file is looked at again as soon as it is back. */
function orderOf(verb: Verb, { id, reason, days }: Given) {
  const params = { id };
  if (verb === 'purge') {
    return call(quarantineRoutes.purge, { params, body: { reason, isConfirmed: true } });
  }
  const exceptionDays = days === '' ? null : Math.trunc(Number(days));
  return call(quarantineRoutes.restore, {
    params,
    body: { reason, exceptionDays, isConfirmed: true },
  });
}
