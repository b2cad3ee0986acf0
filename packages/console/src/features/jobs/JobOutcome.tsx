import type { Job } from '@wardgrid/wire';
import { n, t, wordOr } from '../../messages/index.ts';
import { formatDuration } from '../../ui/format.ts';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { visibleText } from '@wardgrid/base';

/** What came of a job: its numbers, the way to what it found, or why it failed. */
export function JobOutcome(properties: { readonly job: Job }) {
  const { job } = properties;
  return (
    <div className="flex flex-col gap-4">
      {job.error && (
        <div
          role="alert"
          className="rounded-md border border-bad/40 bg-bad-soft px-3 py-2 text-bad"
        >
          <p className="font-medium">
            {wordOr(`problem.${job.error.code}`, visibleText(job.error.detail))}
          </p>
          <p className="mono mt-1 text-2xs">{visibleText(job.error.code)}</p>
        </div>
      )}
      {job.summary && Object.keys(job.summary).length > 0 && (
        <dl className="flex flex-wrap gap-x-8 gap-y-3">
          {Object.entries(job.summary).map(([key, value]) => (
            <div key={key}>
              <dt className="text-xs text-muted">{wordOr(`summary.${key}`, visibleText(key))}</dt>
              <dd className="text-lg font-semibold">{valueText(key, value)}</dd>
            </div>
          ))}
        </dl>
      )}
      {job.state === 'succeeded' && 'cidr' in job.task.arguments && (
        <Found job={job} cidr={job.task.arguments.cidr} />
      )}
    </div>
  );
}

/** A number of the summary; by our names, what ends in `Ms` is a duration. */
function valueText(key: string, value: number): string {
  return key.endsWith('Ms') ? formatDuration(value) : n(value);
}

function Found(properties: { readonly job: Job; readonly cidr: string }) {
  const { job, cidr } = properties;
  const since = job.startedAt ?? job.createdAt;
  return (
    <div className="flex flex-wrap gap-2">
      <RouterLink
        to="/assets"
        search={{ filter: `network:"${cidr}" lastSeenAt:>=${since}` }}
        className="button"
      >
        {t('jobs.showAssets')}
      </RouterLink>
      <RouterLink
        to="/findings"
        search={{ filter: `state:open lastSeenAt:>=${since}`, sort: '-severity' }}
        className="button"
      >
        {t('jobs.showFindings')}
      </RouterLink>
    </div>
  );
}
