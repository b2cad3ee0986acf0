import { useMutation, useQueryClient } from '@tanstack/react-query';
import { systemClock } from '@wardgrid/base/system';
import { ruleExceptionRoutes, type ScopeTarget } from '@wardgrid/wire';
import { useId, useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { useScopeTargets } from '../../scopes.ts';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { SelectField, TextField } from '../../ui/Field.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { parseSelection } from './selection.ts';
import { TrialNote } from './TrialNote.tsx';

const DAY_MS = 86_400_000;
/** An exception outlives its reason more often than not: a quarter of a year, unless said otherwise. */
const DEFAULT_DAYS = '90';

/** Makes an exception; tries it against the last 30 days first. */
export function ExceptionDialog(properties: {
  /** Null: every rule. */
  readonly ruleId: string | null;
  /** What stands in the text at first, one `field: value` a line. */
  readonly selection: string;
  readonly onClose: () => void;
}) {
  const { ruleId, onClose } = properties;
  const targets = useScopeTargets();
  const [chosen, setChosen] = useState<string | null>(null);
  const [text, setText] = useState(properties.selection);
  const [reason, setReason] = useState('');
  const [days, setDays] = useState(DEFAULT_DAYS);
  const target = (targets.find(({ value }) => value === chosen) ?? targets[0])?.target;
  const { trial, save } = useException({ ruleId, text, target, reason, days, onDone: onClose });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (trial.data) save.mutate();
    else trial.mutate();
  };
  return (
    <Dialog isOpen isWide onClose={onClose} title={t('exceptions.create')}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <SelectionField
          text={text}
          onChange={(next) => {
            setText(next);
            trial.reset();
          }}
        />
        <SelectField
          label={t('policy.target')}
          value={chosen ?? targets[0]?.value ?? ''}
          onChange={(next) => {
            setChosen(next);
            trial.reset();
          }}
          choices={targets}
        />
        <div className="grid gap-3 sm:grid-cols-[3fr_1fr]">
          <TextField
            label={t('field.reason')}
            value={reason}
            onChange={setReason}
            lengthMax={500}
            isRequired
          />
          <TextField
            label={t('exclusion.days')}
            type="number"
            min={1}
            max={3_650}
            value={days}
            onChange={setDays}
          />
        </div>
        {trial.data && <TrialNote trial={trial.data} />}
        <ProblemNote error={save.error ?? trial.error} />
        <DialogButtons
          onCancel={onClose}
          submit={trial.data ? t('exceptions.apply') : t('exceptions.try')}
          isBusy={trial.isPending || save.isPending}
          isDisabled={!target || parseSelection(text).kind === 'fault' || text.trim() === ''}
        />
      </form>
    </Dialog>
  );
}

interface Given {
  readonly ruleId: string | null;
  readonly text: string;
  readonly target: ScopeTarget | undefined;
  readonly reason: string;
  readonly days: string;
  readonly onDone: () => void;
}

/** The two steps: a trial, and the exception itself. */
function useException(given: Given) {
  const client = useQueryClient();
  const bodyOf = () => {
    const parsed = parseSelection(given.text);
    if (parsed.kind === 'fault' || !given.target) throw new Error('the exception is not complete');
    return { target: given.target, ruleId: given.ruleId, selection: parsed.selection };
  };
  const trial = useMutation({
    mutationFn: () => call(ruleExceptionRoutes.trial, { body: bodyOf() }),
  });
  const save = useMutation({
    mutationFn: () => {
      const { days, reason } = given;
      const endsAt = systemClock.now() + Math.trunc(Number(days)) * DAY_MS;
      const expiresAt = days === '' ? null : new Date(endsAt).toISOString();
      return call(ruleExceptionRoutes.create, { body: { ...bodyOf(), reason, expiresAt } });
    },
    onSuccess: async () => {
      given.onDone();
      for (const noun of ['rule-exceptions', 'rules', 'findings']) {
        await client.invalidateQueries({ queryKey: [noun] });
      }
    },
  });
  return { trial, save };
}

function SelectionField(properties: {
  readonly text: string;
  readonly onChange: (text: string) => void;
}) {
  const { text, onChange } = properties;
  const id = useId();
  const parsed = parseSelection(text);
  const isFaulty = parsed.kind === 'fault';
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {t('exceptions.selection')}
      </label>
      <textarea
        id={id}
        className="input mono h-28 py-1.5"
        value={text}
        required
        aria-invalid={isFaulty ? true : undefined}
        aria-describedby={`${id}-hint`}
        placeholder={'Image|endswith: /backup\nUser: backup'}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-hint`} className={isFaulty ? 'text-xs text-bad' : 'text-xs text-muted'}>
        {isFaulty ? t('exceptions.fault', { line: parsed.line }) : t('exceptions.selectionHint')}
      </p>
    </div>
  );
}
