import type { Exclusion, PolicyFieldName, PolicyFields, ScanSchedule } from '@wardgrid/wire';
import { t, wordOr } from '../../messages/index.ts';
import { ExclusionEditor } from './ExclusionEditor.tsx';
import { fieldControls, megabytes } from './policy-field.ts';
import { ScheduleEditor } from './ScheduleEditor.tsx';

type Value = NonNullable<PolicyFields[PolicyFieldName]> | null;

interface InputProperties {
  readonly name: PolicyFieldName;
  readonly value: Value;
  readonly isReadOnly: boolean;
  readonly onChange: (value: Value) => void;
}

/** The control that fits a field. */
export function FieldInput(properties: InputProperties) {
  const { name, value, isReadOnly, onChange } = properties;
  switch (fieldControls[name].kind) {
    case 'choice':
      return <ChoiceInput {...properties} />;
    case 'number':
    case 'megabytes':
      return <NumberInput {...properties} />;
    case 'flag':
      return <FlagInput {...properties} />;
    case 'lines':
      return <LinesInput {...properties} />;
    case 'exclusions':
      return (
        <ExclusionEditor
          exclusions={value as readonly Exclusion[]}
          isReadOnly={isReadOnly}
          onChange={(next) => onChange([...next])}
        />
      );
    case 'schedules':
      return (
        <ScheduleEditor
          schedules={value as readonly ScanSchedule[]}
          isReadOnly={isReadOnly}
          onChange={(next) => onChange([...next])}
        />
      );
  }
}

function ChoiceInput({ name, value, isReadOnly, onChange }: InputProperties) {
  const control = fieldControls[name];
  if (control.kind !== 'choice') return null;
  return (
    <select
      className="input max-w-60"
      aria-label={t(`policy.field.${name}`)}
      disabled={isReadOnly}
      value={typeof value === 'string' ? value : 'never'}
      onChange={(event) => {
        const next = event.target.value;
        onChange(next === 'never' ? null : (next as Value));
      }}
    >
      {control.choices.map((choice) => (
        <option key={choice} value={choice}>
          {wordOr(`${control.words}.${choice}`, wordOr(`severity.${choice}`, choice))}
        </option>
      ))}
    </select>
  );
}

function NumberInput({ name, value, isReadOnly, onChange }: InputProperties) {
  const control = fieldControls[name];
  if (control.kind !== 'number' && control.kind !== 'megabytes') return null;
  const isSize = control.kind === 'megabytes';
  return (
    <input
      type="number"
      className="input max-w-40"
      aria-label={t(`policy.field.${name}`)}
      disabled={isReadOnly}
      required
      min={control.min}
      max={control.max}
      value={isSize ? megabytes.fromBytes(Number(value)) : Number(value)}
      onChange={(event) => {
        const count = Math.trunc(Number(event.target.value));
        onChange(isSize ? megabytes.toBytes(count) : count);
      }}
    />
  );
}

function FlagInput({ name, value, isReadOnly, onChange }: InputProperties) {
  return (
    <select
      className="input max-w-40"
      aria-label={t(`policy.field.${name}`)}
      disabled={isReadOnly}
      value={value === true ? 'true' : 'false'}
      onChange={(event) => onChange(event.target.value === 'true')}
    >
      <option value="true">{t('accounts.on')}</option>
      <option value="false">{t('accounts.off')}</option>
    </select>
  );
}

/** One path a line. */
function LinesInput({ name, value, isReadOnly, onChange }: InputProperties) {
  const lines = Array.isArray(value) ? value.map(String) : [];
  return (
    <textarea
      className="input mono h-24 max-w-md py-1.5"
      aria-label={t(`policy.field.${name}`)}
      disabled={isReadOnly}
      placeholder="/srv/uploads"
      defaultValue={lines.join('\n')}
      onBlur={(event) =>
        onChange(
          event.target.value
            .split('\n')
            .map((line) => line.trim())
            .filter((line) => line !== ''),
        )
      }
    />
  );
}
