import { createNewId } from '@wardgrid/base';
import { systemClock, systemRandom } from '@wardgrid/base/system';
import { Exclusion, EXCLUSIONS_MAX } from '@wardgrid/wire';
import { useState } from 'react';
import { t } from '../../messages/index.ts';
import { SelectField, TextField } from '../../ui/Field.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Time } from '../../ui/Time.tsx';
import { DAYS_MAX, daysOf, EMPTY_DRAFT, exclusionOf } from './exclusion-draft.ts';

const newId = createNewId(systemClock, systemRandom);

interface EditorProperties {
  readonly exclusions: readonly Exclusion[];
  readonly isReadOnly: boolean;
  readonly onChange: (exclusions: readonly Exclusion[]) => void;
}

/** What protection leaves alone: each with a reason and, as a rule, an end. */
export function ExclusionEditor({ exclusions, isReadOnly, onChange }: EditorProperties) {
  return (
    <div className="flex flex-col gap-2">
      <ul className="flex flex-col gap-1.5">
        {exclusions.map((exclusion) => (
          <li key={exclusion.id} className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
            <span className="chip">{t(`exclusion.${exclusion.kind}`)}</span>
            <Hostile text={exclusion.value} isMono />
            <span className="text-muted">
              <Hostile text={exclusion.reason} />
            </span>
            <span className="text-xs text-muted">
              {exclusion.expiresAt === null ? (
                t('exclusion.forever')
              ) : (
                <>
                  {t('exclusion.until')}{' '}
                  <Time at={new Date(exclusion.expiresAt).toISOString()} isExact />
                </>
              )}
            </span>
            {!isReadOnly && (
              <button
                type="button"
                className="button button-small button-quiet"
                aria-label={t('exclusion.remove', { value: exclusion.value })}
                onClick={() => onChange(exclusions.filter(({ id }) => id !== exclusion.id))}
              >
                {t('action.delete')}
              </button>
            )}
          </li>
        ))}
      </ul>
      {!isReadOnly && exclusions.length < EXCLUSIONS_MAX && (
        <AddExclusion onAdd={(added) => onChange([...exclusions, added])} />
      )}
    </div>
  );
}

function AddExclusion(properties: { readonly onAdd: (exclusion: Exclusion) => void }) {
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const exclusion = exclusionOf(draft, systemClock.now());
  const areDaysWrong = daysOf(draft.days) === undefined;
  return (
    <div className="grid items-end gap-2 sm:grid-cols-[8rem_2fr_2fr_6rem_auto]">
      <SelectField
        label={t('field.kind')}
        value={draft.kind}
        onChange={(kind) => setDraft({ ...draft, kind: kind as Exclusion['kind'] })}
        choices={Exclusion.shape.kind.options.map((kind) => ({
          value: kind,
          text: t(`exclusion.${kind}`),
        }))}
      />
      <TextField
        label={t('exclusion.value')}
        value={draft.value}
        onChange={(value) => setDraft({ ...draft, value })}
        placeholder={draft.kind === 'hash' ? 'SHA-256' : '/srv/build/**'}
        lengthMax={4_096}
        isMono
      />
      <TextField
        label={t('field.reason')}
        value={draft.reason}
        onChange={(reason) => setDraft({ ...draft, reason })}
        lengthMax={500}
      />
      <TextField
        label={t('exclusion.days')}
        type="number"
        min={1}
        max={DAYS_MAX}
        fault={areDaysWrong ? t('exclusion.daysFault', { max: DAYS_MAX }) : undefined}
        value={draft.days}
        onChange={(days) => setDraft({ ...draft, days })}
      />
      <button
        type="button"
        className="button"
        disabled={!exclusion}
        onClick={() => {
          if (!exclusion) return;
          properties.onAdd({ ...exclusion, id: newId() });
          setDraft(EMPTY_DRAFT);
        }}
      >
        {t('exclusion.add')}
      </button>
    </div>
  );
}
