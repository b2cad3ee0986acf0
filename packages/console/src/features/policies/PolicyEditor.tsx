import { useMutation, useQueryClient } from '@tanstack/react-query';
import { policyRoutes, type Policy, type PolicyFieldName, type PolicyFields } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { CheckField } from '../../ui/Field.tsx';
import { formatPercent } from '../../ui/format.ts';
import { Section } from '../../ui/Page.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { FieldInput } from './FieldInput.tsx';
import { fieldNames, initialValue } from './policy-field.ts';
import { PreviewNote } from './PreviewNote.tsx';
import { RING_PERCENTS } from './RolloutSection.tsx';

interface Draft {
  readonly fields: PolicyFields;
  readonly locks: readonly PolicyFieldName[];
}

/** Edits what a policy decides; says what saving would change before it is saved. */
export function PolicyEditor(properties: { readonly policy: Policy }) {
  const { policy } = properties;
  const [draft, setDraft] = useState<Draft>({ fields: policy.fields, locks: policy.locks });
  const [percent, setPercent] = useState(100);
  const mayChange = useMay('policies:update');
  const client = useQueryClient();
  const preview = useMutation({
    mutationFn: () =>
      call(policyRoutes.preview, {
        body: {
          target: policy.target,
          fields: draft.fields,
          locks: [...draft.locks],
          ...ringOf(percent),
        },
      }),
  });
  const save = useMutation({
    mutationFn: () =>
      call(policyRoutes.update, {
        params: { id: policy.id },
        body: {
          fields: draft.fields,
          locks: [...draft.locks],
          ...ringOf(percent),
        },
      }),
    onSuccess: (saved) => {
      notify('ok', t('policies.saved'));
      client.setQueryData(['policies', 'one', policy.id], saved);
    },
  });
  const change = (next: Draft): void => {
    setDraft(next);
    preview.reset();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Section title={t('policy.fields')} isFlush>
        <FieldTable draft={draft} onChange={change} isReadOnly={!mayChange} />
        <div className="flex flex-col gap-3 border-t border-line p-4">
          {preview.data && <PreviewNote preview={preview.data} />}
          <ProblemNote error={save.error ?? preview.error} />
          {mayChange && (
            <div className="flex flex-wrap justify-end gap-2">
              <RingChoice
                percent={percent}
                onPercent={(next) => {
                  setPercent(next);
                  preview.reset();
                }}
              />
              <button
                type="button"
                className="button"
                disabled={preview.isPending}
                onClick={() => preview.mutate()}
              >
                {t('policy.preview')}
              </button>
              <button type="submit" className="button button-solid" disabled={save.isPending}>
                {save.isPending ? t('action.working') : t('action.save')}
              </button>
            </div>
          )}
        </div>
      </Section>
    </form>
  );
}

function ringOf(percent: number): { readonly rolloutPercent?: number } {
  return percent < 100 ? { rolloutPercent: percent } : {};
}

/** To whom a change goes first: a part of the devices, always the same, or all. */
function RingChoice(properties: {
  readonly percent: number;
  readonly onPercent: (percent: number) => void;
}) {
  const { percent, onPercent } = properties;
  return (
    <select
      className="input w-auto"
      aria-label={t('rollout.first')}
      value={percent}
      onChange={(event) => onPercent(Number(event.target.value))}
    >
      <option value={100}>{t('rollout.atOnce')}</option>
      {RING_PERCENTS.map((one) => (
        <option key={one} value={one}>
          {t('rollout.begin', { percent: formatPercent(one / 100) })}
        </option>
      ))}
    </select>
  );
}

function FieldTable(properties: {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  readonly isReadOnly: boolean;
}) {
  return (
    <table className="data-table">
      <thead>
        <tr>
          <th scope="col">{t('policy.field')}</th>
          <th scope="col">{t('policy.value')}</th>
          <th scope="col">{t('policy.lock')}</th>
        </tr>
      </thead>
      <tbody>
        {fieldNames.map((name) => (
          <FieldRow key={name} name={name} {...properties} />
        ))}
      </tbody>
    </table>
  );
}

function FieldRow(properties: {
  readonly name: PolicyFieldName;
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  readonly isReadOnly: boolean;
}) {
  const { name, draft, onChange, isReadOnly } = properties;
  const value = draft.fields[name];
  const isDecided = value !== undefined;
  const decide = (isChecked: boolean): void => {
    const { [name]: _, ...others } = draft.fields;
    const fields = isChecked ? { ...others, [name]: initialValue(name) } : others;
    const locks = isChecked ? draft.locks : draft.locks.filter((lock) => lock !== name);
    onChange({ fields, locks });
  };
  const lock = (isLocked: boolean): void => {
    const others = draft.locks.filter((one) => one !== name);
    onChange({ ...draft, locks: isLocked ? [...others, name] : others });
  };
  return (
    <tr>
      <td className="w-72">
        <CheckField
          label={t(`policy.field.${name}`)}
          isChecked={isDecided}
          onChange={decide}
          isDisabled={isReadOnly}
        />
        <p className="mt-0.5 ml-6 text-xs text-muted">{t(`policy.hint.${name}`)}</p>
      </td>
      <td>
        {isDecided ? (
          <FieldInput
            name={name}
            value={value}
            isReadOnly={isReadOnly}
            onChange={(next) => onChange({ ...draft, fields: { ...draft.fields, [name]: next } })}
          />
        ) : (
          <span className="text-muted">{t('policy.inherited')}</span>
        )}
      </td>
      <td className="w-28">
        {isDecided && (
          <CheckField
            label={t('policy.locked')}
            isChecked={draft.locks.includes(name)}
            onChange={lock}
            isDisabled={isReadOnly}
          />
        )}
      </td>
    </tr>
  );
}
