import { ConsoleError } from '../request.ts';
import { isEntryKey, type entryWords } from '../messages/entry.ts';
import { element, mark } from './elements.ts';

export type Words = ReturnType<typeof entryWords>;

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: 'email' | 'password' | 'text';
  readonly autocomplete: string;
  readonly hint?: string;
  readonly lengthMax?: number;
}

export interface Form {
  readonly root: HTMLElement;
  /** Says something above the fields: a reason, or what went wrong. */
  readonly say: (text: string, tone: 'info' | 'bad') => void;
  /** Adds a field, when it turns out to be needed, and goes to it. */
  readonly ask: (field: Field) => void;
  /** What was typed in a field. */
  readonly value: (name: string) => string;
  readonly focus: () => void;
}

/** A card with a few fields and one button. While `submit` runs, the button waits. */
export function createForm(options: {
  readonly words: Words;
  readonly title: string;
  readonly hint?: string;
  readonly fields: readonly Field[];
  readonly button: string;
  readonly submit: (form: Form) => Promise<void>;
}): Form {
  const { words } = options;
  const message = element('div', { class: 'mb-4 hidden rounded-lg px-3 py-2' });
  const inputs = element('div', { class: 'flex flex-col gap-4' });
  const button = element(
    'button',
    { type: 'submit', class: 'button button-solid mt-6 h-10 w-full text-base' },
    options.button,
  );
  const card = element('form', { class: 'entry-card' }, mark());
  card.append(element('h1', {}, options.title));
  if (options.hint) card.append(element('p', { class: 'mt-1 text-muted' }, options.hint));
  card.append(element('div', { class: 'h-5' }), message, inputs, button);

  const form: Form = {
    root: element('main', { class: 'entry' }, card),
    say(text, tone) {
      message.textContent = text;
      message.setAttribute('role', tone === 'bad' ? 'alert' : 'status');
      message.className = `mb-4 rounded-lg px-3 py-2 ${toneClasses[tone]}`;
    },
    ask(field) {
      inputs.append(inputOf(field));
      inputs.querySelector<HTMLInputElement>(`#${field.name}`)?.focus();
    },
    value: (name) => inputs.querySelector<HTMLInputElement>(`#${name}`)?.value ?? '',
    focus: () => inputs.querySelector<HTMLInputElement>('input')?.focus(),
  };
  inputs.append(...options.fields.map(inputOf));
  card.addEventListener('submit', (event) => {
    event.preventDefault();
    button.disabled = true;
    button.textContent = words('working');
    options
      .submit(form)
      .catch((error: unknown) => form.say(problemText(error, words), 'bad'))
      .finally(() => {
        button.disabled = false;
        button.textContent = options.button;
      });
  });
  return form;
}

const toneClasses = {
  info: 'bg-info-soft text-info',
  bad: 'bg-bad-soft text-bad',
} as const;

function inputOf(field: Field): HTMLElement {
  const { name, type, autocomplete } = field;
  const input = element('input', {
    id: name,
    name,
    type,
    autocomplete,
    class: 'input h-10 text-base',
    required: true,
    maxlength: String(field.lengthMax ?? 254),
    ...(field.hint ? { 'aria-describedby': `${name}-hint` } : {}),
  });
  const group = element('div', { class: 'flex flex-col gap-1' });
  group.append(element('label', { for: name, class: 'font-medium' }, field.label), input);
  if (field.hint) {
    group.append(element('p', { id: `${name}-hint`, class: 'text-xs text-muted' }, field.hint));
  }
  return group;
}

/** The words of a problem: our own where there are some, else the controller's, with what is wrong where. */
function problemText(error: unknown, words: Words): string {
  if (!(error instanceof ConsoleError)) return words('unreachable');
  const text = isEntryKey(error.code) ? words(error.code) : error.message;
  const issues = error.issues.map((issue) => issue.detail);
  return [text, ...issues].join(' ');
}
