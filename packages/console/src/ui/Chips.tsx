import type { Severity } from '@wardgrid/wire';
import { wordOr } from '../messages/index.ts';

export type Tone = 'ok' | 'warn' | 'high' | 'bad' | 'info' | 'accent' | 'none';

/** The tone of a state, whichever noun it belongs to. Words carry the meaning; colour helps. */
const tones: Readonly<Record<string, Tone>> = {
  online: 'ok',
  offline: 'none',
  overdue: 'warn',
  managed: 'ok',
  unmanaged: 'warn',
  stale: 'none',
  ignored: 'none',
  open: 'bad',
  acknowledged: 'warn',
  closed: 'none',
  resolved: 'ok',
  queued: 'none',
  sent: 'info',
  running: 'info',
  succeeded: 'ok',
  failed: 'bad',
  expired: 'warn',
  cancelled: 'none',
  reported: 'warn',
  approved: 'ok',
  refused: 'bad',
  active: 'ok',
  grace: 'warn',
  suspended: 'bad',
  missing: 'warn',
  exhausted: 'warn',
  revoked: 'none',
  invited: 'info',
  disabled: 'none',
  ok: 'ok',
  degraded: 'warn',
  down: 'bad',
  stopped: 'none',
  on: 'ok',
  off: 'bad',
  done: 'ok',
  'not-allowed': 'none',
  'not-needed': 'none',
  sealed: 'ok',
  restored: 'warn',
  deleted: 'none',
  unknown: 'none',
  waiting: 'info',
  used: 'none',
  reapplied: 'ok',
  dismissed: 'none',
};

const shapes: Readonly<Record<Tone, string>> = {
  ok: 'M4 0a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z',
  warn: 'M4 0 8 7.4H0Z',
  high: 'M4 0 8 7.4H0Z',
  bad: 'M0 0h8v8H0Z',
  info: 'M4 0 8 4 4 8 0 4Z',
  accent: 'M4 0 8 4 4 8 0 4Z',
  none: 'M4 .8a3.2 3.2 0 1 0 0 6.4A3.2 3.2 0 0 0 4 .8Zm0 1.5a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.4Z',
};

/** A word with a shape and a colour of its tone. */
export function Chip(properties: { readonly tone: Tone; readonly text: string }) {
  const { tone, text } = properties;
  return (
    <span className={tone === 'none' ? 'chip' : `chip chip-${tone}`}>
      <svg viewBox="0 0 8 8" className="size-1.75 shrink-0" fill="currentColor" aria-hidden="true">
        <path d={shapes[tone]} fillRule="evenodd" />
      </svg>
      {text}
    </span>
  );
}

/** The state of a thing. */
export function StateChip(properties: { readonly state: string }) {
  const { state } = properties;
  return <Chip tone={tones[state] ?? 'none'} text={wordOr(`state.${state}`, state)} />;
}

const severityTones: Readonly<Record<Severity, Tone>> = {
  info: 'none',
  low: 'info',
  medium: 'warn',
  high: 'high',
  critical: 'bad',
};

/** How bad a thing is. */
export function SeverityChip(properties: { readonly severity: Severity }) {
  const { severity } = properties;
  return <Chip tone={severityTones[severity]} text={wordOr(`severity.${severity}`, severity)} />;
}
