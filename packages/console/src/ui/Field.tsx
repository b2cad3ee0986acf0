import { useId, type ReactNode } from 'react';
import { ConsoleError } from '../request.ts';

interface FieldProperties {
  readonly label: string;
  readonly hint?: string;
  /** The last problem of the form and the JSON pointer of this field in its body. */
  readonly error?: unknown;
  readonly pointer?: string;
  /** What is wrong with what was typed, as the page knows by itself. */
  readonly fault?: string | undefined;
}

/** What a control needs to be tied to its label, hint and problem. */
interface Tied {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean | undefined;
}

/** A labelled control with its hint and what is wrong with it. */
function Field(properties: FieldProperties & { readonly children: (tied: Tied) => ReactNode }) {
  const { label, hint, error, pointer, fault, children } = properties;
  const id = useId();
  const issue =
    error instanceof ConsoleError
      ? error.issues.find((candidate) => candidate.pointer === pointer)
      : undefined;
  const complaint = fault ?? issue?.detail;
  const isDescribed = hint !== undefined || complaint !== undefined;
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({
        id,
        'aria-describedby': isDescribed ? `${id}-hint` : undefined,
        'aria-invalid': complaint === undefined ? undefined : true,
      })}
      {isDescribed && (
        <p
          id={`${id}-hint`}
          className={complaint === undefined ? 'text-xs text-muted' : 'text-xs text-bad'}
        >
          {complaint ?? hint}
        </p>
      )}
    </div>
  );
}

/** A field of one line. */
export function TextField(
  properties: FieldProperties & {
    readonly value: string;
    readonly onChange: (value: string) => void;
    readonly type?: 'text' | 'email' | 'password' | 'number';
    readonly isRequired?: boolean;
    readonly autoComplete?: string;
    readonly placeholder?: string;
    readonly lengthMax?: number;
    readonly min?: number;
    readonly max?: number;
    readonly isMono?: boolean;
  },
) {
  const { value, onChange, type, isRequired, autoComplete, placeholder, isMono } = properties;
  return (
    <Field {...properties}>
      {(tied) => (
        <input
          {...tied}
          className={isMono ? 'input mono' : 'input'}
          type={type ?? 'text'}
          value={value}
          required={isRequired ?? false}
          autoComplete={autoComplete ?? 'off'}
          placeholder={placeholder}
          maxLength={properties.lengthMax ?? 256}
          min={properties.min}
          max={properties.max}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** A choice among few. */
export function SelectField(
  properties: FieldProperties & {
    readonly value: string;
    readonly onChange: (value: string) => void;
    readonly choices: readonly { readonly value: string; readonly text: string }[];
  },
) {
  return (
    <Field {...properties}>
      {(tied) => (
        <select
          {...tied}
          className="input"
          value={properties.value}
          onChange={(event) => properties.onChange(event.target.value)}
        >
          {properties.choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** Something to agree to or switch on. */
export function CheckField(properties: {
  readonly label: ReactNode;
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
  readonly isDisabled?: boolean;
}) {
  const id = useId();
  return (
    <div className="flex items-start gap-2">
      <input
        id={id}
        type="checkbox"
        className="check mt-0.5"
        checked={properties.isChecked}
        disabled={properties.isDisabled ?? false}
        onChange={(event) => properties.onChange(event.target.checked)}
      />
      <label htmlFor={id}>{properties.label}</label>
    </div>
  );
}
