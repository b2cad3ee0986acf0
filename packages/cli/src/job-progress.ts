import { visibleText } from '@wardgrid/base';
import type { Job } from '@wardgrid/wire';
import type { Output } from './output.ts';
import { cutToWidth, padToWidth, widthOf } from './width.ts';

/** Shows how a job goes on. */
export interface JobProgressView {
  /** The last state is a row for programs; people are told of the end in words of its own. */
  readonly show: (job: Job, isLast: boolean) => void;
  /** Leaves the terminal with nothing half-drawn. */
  readonly end: () => void;
}

const BAR_WIDTH_MAX = 24;
const BAR_WIDTH_MIN = 5;
/** Brackets around a bar, and the gap beside it. */
const BAR_FRAME = 4;
const TERMINAL_COLUMNS_DEFAULT = 80;
/** In a pipe, a line for each tenth of the way is enough. */
const STEPS = 10;

/** A bar on a terminal, plain lines in a pipe, a row for each change in `jsonl`. */
export function createJobProgressView(output: Output): JobProgressView {
  const { progress } = output;
  let last = '';
  return {
    show(job, isLast) {
      if (output.mode === 'jsonl') {
        const state = JSON.stringify([job.state, job.progress]);
        if (state !== last) output.row(job);
        last = state;
        return;
      }
      const columns = output.tableStyle().widthMax ?? TERMINAL_COLUMNS_DEFAULT;
      const step = progress ? lineText(job, columns - 1) : stepOf(job);
      if (isLast || step === last) return;
      last = step;
      if (progress) progress(step);
      else output.line(progressText(job, 0));
    },
    end() {
      if (progress && last !== '') progress('');
    },
  };
}

/** One line of a terminal: the bar takes what the words leave. */
function lineText(job: Job, columns: number): string {
  const free = columns - widthOf(progressText(job, 0)) - BAR_FRAME;
  const barWidth = Math.min(BAR_WIDTH_MAX, free);
  return cutToWidth(progressText(job, barWidth < BAR_WIDTH_MIN ? 0 : barWidth), columns);
}

/** What makes a new line in a pipe: another state, another phase, another tenth. */
function stepOf({ state, progress }: Job): string {
  if (!progress) return state;
  const tenth = progress.total === 0 ? 0 : Math.floor((STEPS * progress.done) / progress.total);
  return `${state} ${progress.phase} ${tenth}`;
}

/** `running  hosts  [######------]  50 %  127/254  found 12  8 s left`. */
export function progressText(job: Job, barWidth: number): string {
  const { state, progress } = job;
  const isWaiting = state === 'queued' || state === 'sent';
  if (!progress) return isWaiting ? `${state}  waiting for the device` : state;
  const share = progress.total === 0 ? 0 : Math.min(1, progress.done / progress.total);
  const filled = Math.round(share * barWidth);
  return [
    state,
    padToWidth(visibleText(progress.phase), 8, 'left'),
    ...(barWidth > 0 ? [`[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`] : []),
    `${Math.floor(share * 100)} %`,
    `${progress.done}/${progress.total}`,
    `found ${progress.found}`,
    ...(progress.etaMs === null ? [] : [`${durationText(progress.etaMs)} left`]),
  ].join('  ');
}

/** A span of time as people say it: `8 s`, `2 min 5 s`, `1 h 3 min`. */
export function durationText(spanMs: number): string {
  const seconds = Math.max(0, Math.round(spanMs / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
