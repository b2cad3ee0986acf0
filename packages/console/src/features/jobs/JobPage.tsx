import { useMutation, useQueryClient } from '@tanstack/react-query';
import { JOB_STATES_FINAL, jobRoutes, type Job } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { StateChip } from '../../ui/Chips.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Facts, PageBody, PageHead, Section, Skeleton } from '../../ui/Page.tsx';
import { Person } from '../../ui/Person.tsx';
import { Degraded, problemText } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { targetOf } from './job-list.tsx';
import { JobOutcome } from './JobOutcome.tsx';
import { ProgressBar } from './ProgressBar.tsx';
import { useJob } from './use-job.ts';
import { usePathId } from '../../ui/use-address.ts';

/** One job: what was asked, how far it is, what came of it. */
export function JobPage() {
  const id = usePathId();
  const job = useJob(id);
  if (job.error) return <Degraded error={job.error} onRetry={() => void job.refetch()} />;
  if (!job.data) {
    return (
      <PageBody>
        <Skeleton rows={6} />
      </PageBody>
    );
  }
  return <Loaded job={job.data} />;
}

function Loaded(properties: { readonly job: Job }) {
  const { job } = properties;
  return (
    <PageBody>
      <PageHead
        title={t(`job.${job.task.kind}`)}
        parent={{ to: '/jobs', text: t('nav.jobs') }}
        thing={{ noun: 'jobs', id: job.id }}
        detail={
          <>
            <StateChip state={job.state} />
            <RouterLink to={`/devices/${job.deviceId}`} className="hover:underline">
              <Hostile text={job.deviceName} />
            </RouterLink>
            <span aria-hidden="true">·</span>
            <Hostile text={targetOf(job)} isMono />
          </>
        }
        actions={<Cancel job={job} />}
      />
      <div className="grid gap-5 lg:grid-cols-[3fr_2fr]">
        <div className="flex flex-col gap-5">
          <Section title={t('field.progress')}>
            <ProgressBar job={job} />
          </Section>
          {(job.summary ?? job.error) && (
            <Section title={t('jobs.outcome')}>
              <JobOutcome job={job} />
            </Section>
          )}
        </div>
        <Section title={t('jobs.course')}>
          <Facts
            facts={[
              [t('field.createdBy'), <Person name={job.createdBy} />],
              [t('field.createdAt'), <Time at={job.createdAt} isExact />],
              [t('state.sent'), <Time at={job.sentAt} isExact />],
              [t('field.startedAt'), <Time at={job.startedAt} isExact />],
              [t('field.finishedAt'), <Time at={job.finishedAt} isExact />],
              [t('field.expiresAt'), <Time at={job.expiresAt} isExact />],
              [t('field.organization'), <Hostile text={job.organizationName} />],
              [t('field.id'), <span className="mono text-xs">{job.id}</span>],
            ]}
          />
        </Section>
      </div>
    </PageBody>
  );
}

function Cancel(properties: { readonly job: Job }) {
  const { job } = properties;
  const mayCancel = useMay('jobs:cancel');
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => call(jobRoutes.cancel, { params: { id: job.id } }),
    onSuccess: (cancelled) => client.setQueryData(['jobs', 'one', job.id], cancelled),
    onError: (error) => notify('bad', problemText(error)),
  });
  if (!mayCancel || JOB_STATES_FINAL.has(job.state)) return null;
  return (
    <button
      type="button"
      className="button button-danger"
      disabled={job.isCancelRequested || cancel.isPending}
      onClick={() => cancel.mutate()}
    >
      {job.isCancelRequested ? t('jobs.cancelling') : t('jobs.cancel')}
    </button>
  );
}
