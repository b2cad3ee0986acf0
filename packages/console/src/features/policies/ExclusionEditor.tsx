import { createNewId } from '@wardgrid/base';
import { systemClock, systemRandom } from '@wardgrid/base/system';
import { Exclusion, EXCLUSIONS_MAX } from '@wardgrid/wire';
import { useState } from 'react';
import { t } from '../../messages/index.ts';
import { SelectField, TextField } from '../../ui/Field.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Time } from '../../ui/Time.tsx';

const newId = createNewId(systemClock, systemRandom);
const DAY_MS = 86_400_000;
/** An exclusion that nobody thinks of again is a hole: a quarter of a year, unless said otherwise. */
const DEFAULT_DAYS = '90';

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

interface Draft {
  readonly kind: Exclusion['kind'];
  readonly value: string;
  readonly reason: string;
  readonly days: string;
}

const EMPTY: Draft = { kind: 'path', value: '', reason: '', days: DEFAULT_DAYS };

const SHA256 = /^[0-9a-f]{64}$/;

/** The exclusion of a draft, when it is complete. */
function exclusionOf({ kind, value, reason, days }: Draft): Exclusion | undefined {
  if (value.trim() === '' || reason.trim() === '') return undefined;
  const expiresAt = days === '' ? null : systemClock.now() + Number(days) * DAY_MS;
  const text = kind === 'hash' ? value.trim().toLowerCase() : value.trim();
  if (kind === 'hash' && !SHA256.test(text)) return undefined;
  return { id: newId(), kind, value: text, reason: reason.trim(), expiresAt };
}

function AddExclusion(properties: { readonly onAdd: (exclusion: Exclusion) => void }) {
  const [draft, setDraft] = useState(EMPTY);
  const exclusion = exclusionOf(draft);
  return (
    <div className="grid items-end gap-2 sm:grid-cols-[8rem_2fr_2fr_6rem_auto]">
      <SelectField
        label={t('field.kind')}
        value={draft.kind}
        onChange={(kind) => setDraft({ ...draft, kind: kind as Draft['kind'] })}
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
        max={3_650}
        value={draft.days}
        onChange={(days) => setDraft({ ...draft, days })}
      />
      <button
        type="button"
        className="button"
        disabled={!exclusion}
        onClick={() => {
          if (!exclusion) return;
          properties.onAdd(exclusion);
          setDraft(EMPTY);
        }}
      >
        {t('exclusion.add')}
      </button>
    </div>
  );
}
