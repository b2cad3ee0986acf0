import { visibleText } from '@wardgrid/base';
import type { Job } from '@wardgrid/wire';
import { t, wordOr } from '../../messages/index.ts';
import { formatDuration, formatPercent } from '../../ui/format.ts';
import { Nothing } from '../../ui/Hostile.tsx';

/** How far a job is: what it is doing, how much is done, what it has found so far. */
export function ProgressBar(properties: { readonly job: Job; readonly isShort?: boolean }) {
  const { job, isShort } = properties;
  const { progress } = job;
  const isDone = job.state === 'succeeded';
  if (!progress && !isDone) return isShort ? <Nothing /> : <Waiting state={job.state} />;
  const share = isDone ? 1 : shareOf(progress);
  const phase = phaseOf(job);
  const bar = (
    <div
      className="bar grow"
      role="progressbar"
      aria-label={t('field.progress')}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
    >
      <span style={{ width: `${share * 100}%` }} />
    </div>
  );
  if (isShort) {
    return (
      <span className="flex items-center gap-2">
        {bar}
        <span className="w-9 text-right text-xs text-muted">{formatPercent(share)}</span>
      </span>
    );
  }
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-baseline justify-between gap-4">
        <span className="font-medium">{phase}</span>
        <span className="font-semibold">{formatPercent(share)}</span>
      </div>
      {bar}
      {progress && (
        <p className="text-xs text-muted" aria-live="polite">
          {t('jobs.counts', { done: progress.done, total: progress.total, found: progress.found })}
          {progress.etaMs !== null && !isDone && (
            <> · {t('jobs.left', { duration: formatDuration(progress.etaMs) })}</>
          )}
        </p>
      )}
    </div>
  );
}

function phaseOf({ state, progress }: Job): string {
  if (!progress || state !== 'running') return wordOr(`state.${state}`, state);
  return wordOr(`phase.${progress.phase}`, visibleText(progress.phase));
}

function shareOf(progress: Job['progress']): number {
  return progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0;
}

function Waiting(properties: { readonly state: Job['state'] }) {
  const { state } = properties;
  return (
    <p className="text-muted">
      {state === 'queued' ? t('jobs.queued') : wordOr(`state.${state}`, state)}
    </p>
  );
}
