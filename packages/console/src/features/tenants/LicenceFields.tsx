import { t } from '../../messages/index.ts';
import { TextField } from '../../ui/Field.tsx';

/** A licence as it is typed. */
export interface LicenceDraft {
  readonly seats: string;
  readonly validDays: string;
  readonly graceDays: string;
}

export const licenceDefaults: LicenceDraft = { seats: '100', validDays: '365', graceDays: '30' };

/** The licence that a draft asks for. */
export function licenceOf(draft: LicenceDraft): {
  seats: number;
  validDays: number;
  graceDays: number;
} {
  return {
    seats: Number(draft.seats),
    validDays: Number(draft.validDays),
    graceDays: Number(draft.graceDays),
  };
}

/** The three numbers of a licence. */
export function LicenceFields(properties: {
  readonly licence: LicenceDraft;
  readonly onChange: (licence: LicenceDraft) => void;
}) {
  const { licence, onChange } = properties;
  return (
    <div className="grid gap-3 sm:grid-cols-3">
      <TextField
        label={t('field.seats')}
        type="number"
        min={1}
        max={10_000_000}
        value={licence.seats}
        onChange={(seats) => onChange({ ...licence, seats })}
        isRequired
      />
      <TextField
        label={t('licence.validDays')}
        type="number"
        min={1}
        max={3_650}
        value={licence.validDays}
        onChange={(validDays) => onChange({ ...licence, validDays })}
        isRequired
      />
      <TextField
        label={t('licence.graceDays')}
        type="number"
        min={0}
        max={365}
        value={licence.graceDays}
        onChange={(graceDays) => onChange({ ...licence, graceDays })}
        isRequired
      />
    </div>
  );
}
