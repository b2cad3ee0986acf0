import { jobFields, jobRoutes, type Job } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { StateChip } from '../../ui/Chips.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import type { Column, ListDefinition } from '../../ui/list/definition.ts';
import { Person, personText } from '../../ui/Person.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { ProgressBar } from './ProgressBar.tsx';

/** What a job is about, beyond its kind: the network, the hosts or the sections. */
export function targetOf(job: Job): string {
  const { task } = job;
  switch (task.kind) {
    case 'discovery':
      return task.arguments.cidr;
    case 'port-scan':
      return task.arguments.hosts.join(' ');
    case 'inventory':
      return task.arguments.sections.join(' ');
    case 'malware-scan':
      return [task.arguments.scope, ...task.arguments.paths].join(' ');
    case 'quarantine':
      return task.arguments.path;
    case 'restore':
    case 'purge':
      return task.arguments.entryId;
    case 'kill':
      return `${task.arguments.pid} ${task.arguments.entityId}`;
  }
}

const columns: readonly Column<Job>[] = [
  {
    key: 'kind',
    label: t('field.kind'),
    sort: 'kind',
    widthRem: 9,
    cell: (job) => t(`job.${job.task.kind}`),
    text: (job) => job.task.kind,
  },
  {
    key: 'state',
    label: t('field.state'),
    sort: 'state',
    widthRem: 7,
    cell: (job) => <StateChip state={job.state} />,
    text: (job) => job.state,
  },
  {
    key: 'progress',
    label: t('field.progress'),
    widthRem: 10,
    grow: 1.4,
    cell: (job) => <ProgressBar job={job} isShort />,
    text: (job) => (job.progress ? `${job.progress.done}/${job.progress.total}` : ''),
  },
  {
    key: 'device',
    label: t('field.device'),
    sort: 'device',
    widthRem: 10,
    grow: 1.4,
    cell: (job) => (
      <RouterLink to={`/devices/${job.deviceId}`} tabIndex={-1}>
        <Hostile text={job.deviceName} />
      </RouterLink>
    ),
    text: (job) => job.deviceName,
  },
  {
    key: 'target',
    label: t('field.target'),
    widthRem: 10,
    grow: 1.4,
    cell: (job) => <Hostile text={targetOf(job)} isMono />,
    text: targetOf,
  },
  {
    key: 'organization',
    label: t('field.organization'),
    sort: 'organization',
    widthRem: 9,
    isOptional: true,
    cell: (job) => <Hostile text={job.organizationName} />,
    text: (job) => job.organizationName,
  },
  {
    key: 'createdBy',
    label: t('field.createdBy'),
    sort: 'createdBy',
    widthRem: 9,
    cell: (job) => <Person name={job.createdBy} />,
    text: (job) => personText(job.createdBy),
  },
  {
    key: 'createdAt',
    label: t('field.createdAt'),
    sort: 'createdAt',
    widthRem: 7.5,
    cell: (job) => <Time at={job.createdAt} />,
    text: (job) => job.createdAt,
  },
  {
    key: 'finishedAt',
    label: t('field.finishedAt'),
    sort: 'finishedAt',
    widthRem: 7.5,
    isOptional: true,
    cell: (job) => <Time at={job.finishedAt} />,
    text: (job) => job.finishedAt ?? '',
  },
];

/** The list of jobs. */
export const jobList: ListDefinition<Job> = {
  noun: 'jobs',
  title: t('nav.jobs'),
  fields: jobFields,
  columns,
  defaultSort: '-createdAt',
  permission: 'jobs:read',
  load: (query, signal) => call(jobRoutes.list, { query, signal }),
  nameOf: (job) => `${t(`job.${job.task.kind}`)}, ${job.deviceName}`,
  hrefOf: (job) => `/jobs/${job.id}`,
  quickFilters: [
    { label: t('list.all'), filter: '' },
    { label: t('jobs.active'), filter: 'state:queued,sent,running' },
    { label: t('state.failed'), filter: 'state:failed,expired' },
  ],
  empty: { title: t('jobs.none'), text: t('jobs.noneHint') },
};
