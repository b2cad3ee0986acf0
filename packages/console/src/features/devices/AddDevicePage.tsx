import { systemClock } from '@wardgrid/base/system';
import { useQuery } from '@tanstack/react-query';
import {
  deviceRoutes,
  enrolmentKeyRoutes,
  groupRoutes,
  organizationRoutes,
  type Device,
  type Group,
  type Organization,
} from '@wardgrid/wire';
import { useState } from 'react';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { StateChip } from '../../ui/Chips.tsx';
import { CopyLine } from '../../ui/CopyLine.tsx';
import { SelectField, TextField } from '../../ui/Field.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { PageBody, PageHead, Section, Skeleton } from '../../ui/Page.tsx';
import { Degraded } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { absoluteTime } from '../../ui/format.ts';

/** An organization that devices can be added to; or only to groups of it. */
interface Home {
  readonly id: Organization['id'];
  readonly name: string;
  /** The group that is proposed; empty for none, where the whole organization is seen. */
  readonly groupId: Group['id'] | '';
}

/** What the key of the shown line is bound to. */
interface Wishes {
  readonly organizationId: Organization['id'];
  readonly groupId: Group['id'] | '';
  readonly seats: number;
  readonly expiresInHours: number;
  readonly allowedCidr: string;
}

/** Enough for a small office, and for a day: what is forgotten does not stay open. */
const SEATS = 50;
const HOURS = 24;
/** In case no live event comes through. */
const LOOK_AGAIN_MS = 5_000;
const CHOICES_MAX = 200;

/** Adds devices: one line to copy, nothing to answer; then devices appear as they come. */
export function AddDevicePage() {
  const { homes, error, isPending } = useHomes();
  const first = homes?.[0];
  return (
    <PageBody isNarrow>
      <PageHead title={t('add.title')} detail={t('add.subtitle')} />
      {error && <Degraded error={error} />}
      {isPending && <Skeleton />}
      {homes && first && <Adding homes={homes} first={first} />}
      {homes && !first && (
        <Section title={t('add.noOrganization')}>
          <p className="mb-3 text-muted">{t('add.noOrganizationHint')}</p>
          <RouterLink to="/organizations" className="button">
            {t('nav.organizations')}
          </RouterLink>
        </Section>
      )}
    </PageBody>
  );
}

/** Where the person may put devices; undefined until it is known. */
function useHomes() {
  const organizations = useQuery({
    queryKey: ['organizations', 'list', 'choices'],
    queryFn: ({ signal }) =>
      call(organizationRoutes.list, { query: { sort: 'name', limit: CHOICES_MAX }, signal }),
  });
  const whole = organizations.data?.data.map(({ id, name }): Home => ({ id, name, groupId: '' }));
  const isByGroups = whole?.length === 0;
  // Who looks after a group sees its organization nowhere but in the group.
  const groups = useQuery({
    queryKey: ['groups', 'list', 'choices'],
    queryFn: ({ signal }) =>
      call(groupRoutes.list, { query: { sort: 'name', limit: CHOICES_MAX }, signal }),
    enabled: isByGroups,
  });
  const homes = isByGroups ? groups.data && homesOf(groups.data.data) : whole;
  const error = organizations.error ?? groups.error;
  return { homes, error, isPending: !homes && !error };
}

/** The organizations of groups, each with the first of its groups. */
function homesOf(groups: readonly Group[]): Home[] {
  const homes = new Map<Organization['id'], Home>();
  for (const { id, organizationId, organizationName } of groups) {
    if (homes.has(organizationId)) continue;
    homes.set(organizationId, { id: organizationId, name: organizationName, groupId: id });
  }
  return [...homes.values()];
}

function Adding(properties: { readonly homes: readonly Home[]; readonly first: Home }) {
  const { homes, first } = properties;
  const [wishes, setWishes] = useState<Wishes>({
    organizationId: first.id,
    groupId: first.groupId,
    seats: SEATS,
    expiresInHours: HOURS,
    allowedCidr: '',
  });
  const key = useKey(wishes);
  return (
    <>
      <Section title={t('add.run')}>
        <p className="mb-3 text-muted">{t('add.runHint')}</p>
        {key.data && <CopyLine text={key.data.command} label={t('add.command')} />}
        {key.isPending && <div className="skeleton h-16" />}
        {key.error && <Degraded error={key.error} onRetry={() => void key.refetch()} />}
        {key.data && (
          <p className="mt-3 flex items-center gap-1.5 text-xs text-muted">
            <Icon name="shield" className="size-3.5" />
            {t('add.bound', {
              organization: key.data.enrolmentKey.organizationName,
              seats: key.data.enrolmentKey.seats,
              expires: absoluteTime(Date.parse(key.data.enrolmentKey.expiresAt)),
            })}
          </p>
        )}
        <Options homes={homes} wishes={wishes} onWishes={setWishes} />
      </Section>
      {key.data && <Arrivals since={key.data.enrolmentKey.createdAt} />}
    </>
  );
}

/** Makes the key that fits the wishes, once: coming back to the page shows the same line again. */
function useKey(wishes: Wishes) {
  return useQuery({
    queryKey: ['add-device', wishes],
    queryFn: () =>
      call(enrolmentKeyRoutes.create, {
        body: {
          name: t('add.keyName', { time: absoluteTime(systemClock.now()) }),
          organizationId: wishes.organizationId,
          seats: wishes.seats,
          expiresInHours: wishes.expiresInHours,
          ...(wishes.groupId === '' ? {} : { groupId: wishes.groupId }),
          ...(wishes.allowedCidr === '' ? {} : { allowedCidr: wishes.allowedCidr }),
        },
      }),
    staleTime: 'static',
    gcTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

function Options(properties: {
  readonly homes: readonly Home[];
  readonly wishes: Wishes;
  readonly onWishes: (wishes: Wishes) => void;
}) {
  const { homes, wishes, onWishes } = properties;
  const [draft, setDraft] = useState(wishes);
  const isWhole = homes.some(({ id, groupId }) => id === draft.organizationId && groupId === '');
  const groups = useQuery({
    queryKey: ['groups', 'list', 'choices', draft.organizationId],
    queryFn: ({ signal }) =>
      call(groupRoutes.list, {
        query: {
          filter: `organizationId:${draft.organizationId}`,
          sort: 'name',
          limit: CHOICES_MAX,
        },
        signal,
      }),
  });
  return (
    <details className="mt-4 border-t border-line pt-3">
      <summary className="cursor-pointer font-medium">{t('add.options')}</summary>
      <form
        className="mt-3 grid gap-3 sm:grid-cols-2"
        onSubmit={(event) => {
          event.preventDefault();
          onWishes(draft);
        }}
      >
        <SelectField
          label={t('field.organization')}
          value={draft.organizationId}
          onChange={(id) => {
            const home = homes.find((one) => one.id === id);
            if (home) setDraft({ ...draft, organizationId: home.id, groupId: home.groupId });
          }}
          choices={homes.map(({ id, name }) => ({ value: id, text: name }))}
        />
        <SelectField
          label={t('field.group')}
          value={draft.groupId}
          onChange={(groupId) => setDraft({ ...draft, groupId: groupId as Wishes['groupId'] })}
          choices={[
            ...(isWhole ? [{ value: '', text: t('add.noGroup') }] : []),
            ...(groups.data?.data ?? []).map(({ id, name }) => ({ value: id, text: name })),
          ]}
        />
        <TextField
          label={t('field.seats')}
          type="number"
          min={1}
          max={1_000_000}
          value={String(draft.seats)}
          onChange={(seats) => setDraft({ ...draft, seats: Number(seats) })}
        />
        <TextField
          label={t('add.hours')}
          type="number"
          min={1}
          max={8_760}
          value={String(draft.expiresInHours)}
          onChange={(hours) => setDraft({ ...draft, expiresInHours: Number(hours) })}
        />
        <TextField
          label={t('field.allowedCidr')}
          hint={t('add.cidrHint')}
          placeholder="10.0.0.0/24"
          value={draft.allowedCidr}
          onChange={(allowedCidr) => setDraft({ ...draft, allowedCidr })}
          isMono
        />
        <div className="flex items-end">
          <button type="submit" className="button">
            {t('add.newLine')}
          </button>
        </div>
      </form>
    </details>
  );
}

function Arrivals(properties: { readonly since: string }) {
  const filter = `enrolledAt:>=${properties.since}`;
  const devices = useQuery({
    queryKey: ['devices', 'list', 'arrivals', filter],
    queryFn: ({ signal }) =>
      call(deviceRoutes.list, { query: { filter, sort: '-enrolledAt', limit: 50 }, signal }),
    refetchInterval: LOOK_AGAIN_MS,
  });
  const list = devices.data?.data ?? [];
  return (
    <Section title={t('add.arrivals')} isFlush>
      <div aria-live="polite">
        {list.length === 0 && (
          <p className="flex items-center gap-3 px-4 py-6 text-muted">
            <span className="relative flex size-2.5">
              <span className="absolute inset-0 animate-ping rounded-full bg-accent opacity-50" />
              <span className="size-2.5 rounded-full bg-accent" />
            </span>
            {t('add.waiting')}
          </p>
        )}
        <ul>
          {list.map((device) => (
            <Arrival key={device.id} device={device} />
          ))}
        </ul>
      </div>
    </Section>
  );
}

function Arrival(properties: { readonly device: Device }) {
  const { device } = properties;
  return (
    <li className="slide-in flex items-center gap-3 border-b border-line px-4 py-3 last:border-b-0">
      <Icon name="devices" className="size-5 text-muted" />
      <div className="min-w-0 grow">
        <RouterLink to={`/devices/${device.id}`} className="font-semibold hover:underline">
          <Hostile text={device.name} />
        </RouterLink>
        <p className="text-xs text-muted">
          <Hostile text={`${device.osName} ${device.osVersion}`} /> ·{' '}
          <Hostile text={device.localIp} isMono />
        </p>
      </div>
      <StateChip state={device.status} />
      <RouterLink to={`/devices/${device.id}`} className="button">
        {t('add.open')}
      </RouterLink>
    </li>
  );
}
