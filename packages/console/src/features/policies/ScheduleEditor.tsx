import { ScanSchedule } from '@wardgrid/wire';
import { t } from '../../messages/index.ts';
import { SelectField, TextField } from '../../ui/Field.tsx';

/** Most schedules of one policy, as the wire bounds them. */
const SCHEDULES_MAX = 8;
const NEW: ScanSchedule = { kind: 'quick', everyDays: 1, hour: 12 };

/** When devices scan themselves. */
export function ScheduleEditor(properties: {
  readonly schedules: readonly ScanSchedule[];
  readonly isReadOnly: boolean;
  readonly onChange: (schedules: readonly ScanSchedule[]) => void;
}) {
  const { schedules, isReadOnly, onChange } = properties;
  const replace = (index: number, schedule: ScanSchedule): void =>
    onChange(schedules.map((one, place) => (place === index ? schedule : one)));
  if (isReadOnly) {
    return (
      <ul>
        {schedules.map((schedule, index) => (
          <li key={index}>{scheduleWords(schedule)}</li>
        ))}
      </ul>
    );
  }
  return (
    <div className="flex flex-col gap-2">
      {schedules.map((schedule, index) => (
        <ScheduleRow
          key={index}
          schedule={schedule}
          onChange={(next) => replace(index, next)}
          onRemove={() => onChange(schedules.filter((_, place) => place !== index))}
        />
      ))}
      {schedules.length < SCHEDULES_MAX && (
        <button
          type="button"
          className="button button-small self-start"
          onClick={() => onChange([...schedules, NEW])}
        >
          {t('schedule.add')}
        </button>
      )}
    </div>
  );
}

/** `Quick scan, every 7 days at 3:00`. */
export function scheduleWords({ kind, everyDays, hour }: ScanSchedule): string {
  return t('schedule.words', { kind: t(`scanScope.${kind}`), days: everyDays, hour });
}

function ScheduleRow(properties: {
  readonly schedule: ScanSchedule;
  readonly onChange: (schedule: ScanSchedule) => void;
  readonly onRemove: () => void;
}) {
  const { schedule, onChange, onRemove } = properties;
  return (
    <div className="grid items-end gap-2 sm:grid-cols-[10rem_7rem_7rem_auto]">
      <SelectField
        label={t('field.kind')}
        value={schedule.kind}
        onChange={(kind) => onChange({ ...schedule, kind: kind as ScanSchedule['kind'] })}
        choices={ScanSchedule.shape.kind.options.map((kind) => ({
          value: kind,
          text: t(`scanScope.${kind}`),
        }))}
      />
      <TextField
        label={t('schedule.everyDays')}
        type="number"
        min={1}
        max={90}
        isRequired
        value={String(schedule.everyDays)}
        onChange={(text) => onChange({ ...schedule, everyDays: Math.trunc(Number(text)) })}
      />
      <TextField
        label={t('schedule.hour')}
        type="number"
        min={0}
        max={23}
        isRequired
        value={String(schedule.hour)}
        onChange={(text) => onChange({ ...schedule, hour: Math.trunc(Number(text)) })}
      />
      <button type="button" className="button button-quiet justify-self-start" onClick={onRemove}>
        {t('action.delete')}
      </button>
    </div>
  );
}
