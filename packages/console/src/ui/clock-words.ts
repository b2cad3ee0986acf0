import { t } from '../messages/index.ts';
import { formatDuration } from './format.ts';

/** Clocks that are closer than this are in step. */
const IN_STEP_MS = 1_000;

/** How far a clock is off, in words: `3 min 20 s ahead`. */
export function clockWords(offsetMs: number): string {
  if (Math.abs(offsetMs) < IN_STEP_MS) return t('controllers.clockInStep');
  const duration = formatDuration(Math.abs(offsetMs));
  return offsetMs > 0
    ? t('controllers.clockAhead', { duration })
    : t('controllers.clockBehind', { duration });
}
