import { useQuery } from '@tanstack/react-query';
import {
  incidentRoutes,
  jobRoutes,
  platformRoutes,
  type Incident,
  type Job,
  type Overview,
  type Severity,
} from '@wardgrid/wire';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { n, t } from '../../messages/index.ts';
import { useStore } from '../../store.ts';
import { SeverityChip, StateChip } from '../../ui/Chips.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { PageBody, PageHead, Section, Skeleton } from '../../ui/Page.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { Shares } from './Shares.tsx';

/** Rows of the short lists; the full lists are a click away. */
const SHORT_ROWS = 6;

/** What the person sees, counted. */
export function OverviewPage() {
  const overview = useQuery({
    queryKey: ['overview'],
    queryFn: ({ signal }) => call(platformRoutes.overview, { signal }),
  });
  return <Loaded query={overview}>{(data) => <Content overview={data} />}</Loaded>;
}

function Content(properties: { readonly overview: Overview }) {
  const { overview } = properties;
  const scopeName = useStore((state) => state.session?.scopeName ?? '');
  const mayAdd = useMay('enrolment-keys:create');
  const isEmpty = overview.counts.devices === 0;
  return (
    <PageBody>
      <PageHead title={t('nav.overview')} detail={<Hostile text={scopeName} />} />
      {isEmpty && mayAdd && <FirstStep />}
      <Tiles overview={overview} />
      <div className="grid gap-5 lg:grid-cols-3">
        <Devices overview={overview} />
        <Findings overview={overview} />
        <Assets overview={overview} />
      </div>
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Incidents />
        <Jobs />
      </div>
    </PageBody>
  );
}

function FirstStep() {
  return (
    <div className="card flex flex-wrap items-center gap-4 border-accent/40 bg-accent-soft p-5">
      <Icon name="terminal" className="size-7 text-accent" />
      <div className="grow">
        <h2>{t('overview.first')}</h2>
        <p className="text-muted">{t('overview.firstHint')}</p>
      </div>
      <RouterLink to="/add-device" className="button button-solid">
        {t('shell.addDevice')}
      </RouterLink>
    </div>
  );
}

interface Tile {
  readonly label: string;
  readonly value: number;
  readonly to: string;
  readonly filter?: string;
  readonly detail: string;
  readonly isAlarming?: boolean;
}

function Tiles(properties: { readonly overview: Overview }) {
  const { counts, devicesByStatus, assetsByState, runningJobs, graceDevices } = properties.overview;
  const tiles: readonly Tile[] = [
    {
      label: t('nav.devices'),
      value: counts.devices,
      to: '/devices',
      detail: t('overview.online', { count: devicesByStatus.online }),
    },
    {
      label: t('overview.incidents'),
      value: counts.openIncidents,
      to: '/incidents',
      filter: 'state:open,acknowledged',
      detail: t('overview.toHandle'),
      isAlarming: counts.openIncidents > 0,
    },
    {
      label: t('field.openFindings'),
      value: counts.openFindings,
      to: '/findings',
      filter: 'state:open',
      detail: t('overview.toSettle'),
    },
    {
      label: t('overview.unmanaged'),
      value: assetsByState.unmanaged,
      to: '/assets',
      filter: 'state:unmanaged',
      detail: t('overview.unmanagedHint'),
    },
    {
      label: t('overview.running'),
      value: runningJobs,
      to: '/jobs',
      filter: 'state:queued,sent,running',
      detail: t('overview.runningHint'),
    },
    ...(graceDevices === 0
      ? []
      : [
          {
            label: t('licence.graceDevices'),
            value: graceDevices,
            to: '/devices',
            filter: 'grace:true',
            detail: t('devices.graceHint'),
            isAlarming: true,
          },
        ]),
  ];
  return (
    <ul className="grid grid-cols-2 gap-3 md:grid-cols-3 xl:grid-cols-5">
      {tiles.map((tile) => (
        <li key={tile.label}>
          <TileLink tile={tile} />
        </li>
      ))}
    </ul>
  );
}

function TileLink(properties: { readonly tile: Tile }) {
  const { tile } = properties;
  return (
    <RouterLink
      to={tile.to}
      search={tile.filter === undefined ? {} : { filter: tile.filter }}
      className="card flex h-full flex-col gap-1 p-4 transition-colors hover:border-line-strong"
    >
      <span className="text-muted">{tile.label}</span>
      <span
        className={`text-[1.75rem] leading-none font-semibold tracking-tight ${tile.isAlarming ? 'text-bad' : ''}`}
      >
        {n(tile.value)}
      </span>
      <span className="text-xs text-muted">{tile.detail}</span>
    </RouterLink>
  );
}

function Devices(properties: { readonly overview: Overview }) {
  const { online, offline, overdue, unknown } = properties.overview.devicesByStatus;
  return (
    <Shares
      title={t('overview.byStatus')}
      to="/devices"
      shares={[
        {
          key: 'online',
          text: t('state.online'),
          count: online,
          colour: 'var(--fill-ok)',
          filter: 'status:online',
        },
        {
          key: 'offline',
          text: t('state.offline'),
          count: offline,
          colour: 'var(--fill-none)',
          filter: 'status:offline',
        },
        {
          key: 'overdue',
          text: t('state.overdue'),
          count: overdue,
          colour: 'var(--fill-warn)',
          filter: 'status:overdue',
        },
        {
          key: 'unknown',
          text: t('state.unknown'),
          count: unknown,
          colour: 'var(--fill-info)',
          filter: 'status:unknown',
        },
      ]}
    />
  );
}

const severities: readonly (readonly [Severity, string])[] = [
  ['critical', 'var(--fill-bad)'],
  ['high', 'var(--fill-high)'],
  ['medium', 'var(--fill-warn)'],
  ['low', 'var(--fill-info)'],
  ['info', 'var(--fill-none)'],
];

function Findings(properties: { readonly overview: Overview }) {
  const counts = properties.overview.findingsBySeverity;
  return (
    <Shares
      title={t('overview.bySeverity')}
      to="/findings"
      shares={severities.map(([severity, colour]) => ({
        key: severity,
        text: t(`severity.${severity}`),
        count: counts[severity],
        colour,
        filter: `state:open severity:${severity}`,
      }))}
    />
  );
}

function Assets(properties: { readonly overview: Overview }) {
  const { managed, unmanaged, stale, ignored } = properties.overview.assetsByState;
  return (
    <Shares
      title={t('overview.byAssets')}
      to="/assets"
      shares={[
        {
          key: 'managed',
          text: t('state.managed'),
          count: managed,
          colour: 'var(--fill-ok)',
          filter: 'state:managed',
        },
        {
          key: 'unmanaged',
          text: t('state.unmanaged'),
          count: unmanaged,
          colour: 'var(--fill-warn)',
          filter: 'state:unmanaged',
        },
        {
          key: 'stale',
          text: t('state.stale'),
          count: stale,
          colour: 'var(--fill-none)',
          filter: 'state:stale',
        },
        {
          key: 'ignored',
          text: t('state.ignored'),
          count: ignored,
          colour: 'var(--fill-faint)',
          filter: 'state:ignored',
        },
      ]}
    />
  );
}

function Incidents() {
  const mayRead = useMay('incidents:read');
  const incidents = useQuery({
    queryKey: ['incidents', 'list', 'overview'],
    queryFn: ({ signal }) =>
      call(incidentRoutes.list, {
        query: { filter: 'state:open,acknowledged', sort: '-openedAt', limit: SHORT_ROWS },
        signal,
      }),
    enabled: mayRead,
  });
  if (!mayRead) return null;
  return (
    <Section title={t('overview.incidents')} isFlush>
      {incidents.isPending && <Skeleton />}
      {incidents.data?.data.length === 0 && (
        <p className="p-4 text-muted">{t('incidents.noneHint')}</p>
      )}
      <ul>
        {(incidents.data?.data ?? []).map((incident) => (
          <IncidentRow key={incident.id} incident={incident} />
        ))}
      </ul>
    </Section>
  );
}

function IncidentRow(properties: { readonly incident: Incident }) {
  const { incident } = properties;
  return (
    <li className="flex items-center gap-3 border-b border-line px-4 py-2 last:border-b-0">
      <span className="w-20 shrink-0">
        <SeverityChip severity={incident.severity} />
      </span>
      <RouterLink
        to={`/incidents/${incident.id}`}
        className="min-w-0 grow truncate font-medium hover:underline"
      >
        <Hostile text={incident.title} />
      </RouterLink>
      <span className="shrink-0 text-xs text-muted">
        <Time at={incident.openedAt} />
      </span>
    </li>
  );
}

function Jobs() {
  const mayRead = useMay('jobs:read');
  const jobs = useQuery({
    queryKey: ['jobs', 'list', 'overview'],
    queryFn: ({ signal }) =>
      call(jobRoutes.list, { query: { sort: '-createdAt', limit: SHORT_ROWS }, signal }),
    enabled: mayRead,
  });
  if (!mayRead) return null;
  return (
    <Section title={t('overview.jobs')} isFlush>
      {jobs.isPending && <Skeleton />}
      {jobs.data?.data.length === 0 && <p className="p-4 text-muted">{t('jobs.noneHint')}</p>}
      <ul>
        {(jobs.data?.data ?? []).map((job) => (
          <JobRow key={job.id} job={job} />
        ))}
      </ul>
    </Section>
  );
}

function JobRow(properties: { readonly job: Job }) {
  const { job } = properties;
  return (
    <li className="flex items-center gap-3 border-b border-line px-4 py-2 last:border-b-0">
      <span className="w-24 shrink-0">
        <StateChip state={job.state} />
      </span>
      <RouterLink
        to={`/jobs/${job.id}`}
        className="min-w-0 grow truncate font-medium hover:underline"
      >
        {t(`job.${job.task.kind}`)} · <Hostile text={job.deviceName} />
      </RouterLink>
      <span className="shrink-0 text-xs text-muted">
        <Time at={job.createdAt} />
      </span>
    </li>
  );
}
