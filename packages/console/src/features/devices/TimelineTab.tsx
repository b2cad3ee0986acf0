import { useInfiniteQuery } from '@tanstack/react-query';
import { EventClass, eventRoutes, type DeviceEvent, type DeviceId } from '@wardgrid/wire';
import { useState } from 'react';
import { call } from '../../api.ts';
import { t, wordOr } from '../../messages/index.ts';
import { Hostile } from '../../ui/Hostile.tsx';
import { Section, Skeleton } from '../../ui/Page.tsx';
import { Degraded } from '../../ui/Problem.tsx';
import { Time } from '../../ui/Time.tsx';
import { eventWords } from '../findings/index.ts';

/** Without live events of this kind, the newest are asked for again. */
const LOOK_AGAIN_MS = 10_000;

/** What a device told of itself, newest first; the whole story stays on the device. */
export function TimelineTab(properties: { readonly deviceId: DeviceId }) {
  const { deviceId } = properties;
  const [only, setOnly] = useState<EventClass | ''>('');
  const events = useInfiniteQuery({
    queryKey: ['events', 'list', deviceId, only],
    queryFn: ({ signal, pageParam }) =>
      call(eventRoutes.list, {
        params: { id: deviceId },
        query: {
          ...(only === '' ? {} : { class: only }),
          ...(pageParam === null ? {} : { before: pageParam }),
        },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: ({ state }) => (state.data?.pages.length === 1 ? LOOK_AGAIN_MS : false),
  });
  const rows = events.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Section
      title={t('events.title')}
      isFlush
      actions={<ClassFilter value={only} onChange={setOnly} />}
    >
      {events.isPending && <Skeleton rows={6} />}
      {events.error && <Degraded error={events.error} onRetry={() => void events.refetch()} />}
      {events.data && rows.length === 0 && <p className="p-4 text-muted">{t('events.none')}</p>}
      {rows.length > 0 && <EventTable events={rows} />}
      {events.hasNextPage && (
        <div className="border-t border-line p-3 text-center">
          <button
            type="button"
            className="button"
            disabled={events.isFetchingNextPage}
            onClick={() => void events.fetchNextPage()}
          >
            {t('events.older')}
          </button>
        </div>
      )}
    </Section>
  );
}

function ClassFilter(properties: {
  readonly value: EventClass | '';
  readonly onChange: (value: EventClass | '') => void;
}) {
  return (
    <select
      className="input max-w-52"
      aria-label={t('events.filter')}
      value={properties.value}
      onChange={(event) => {
        const chosen = EventClass.options.find((one) => one === event.target.value);
        properties.onChange(chosen ?? '');
      }}
    >
      <option value="">{t('list.all')}</option>
      {EventClass.options.map((one) => (
        <option key={one} value={one}>
          {wordOr(`eventClass.${one}`, one)}
        </option>
      ))}
    </select>
  );
}

function EventTable(properties: { readonly events: readonly DeviceEvent[] }) {
  return (
    <table className="data-table">
      <thead>
        <tr>
          <th scope="col">{t('threats.when')}</th>
          <th scope="col">{t('events.what')}</th>
          <th scope="col">{t('field.subject')}</th>
          <th scope="col">{t('process.program')}</th>
          <th scope="col">{t('process.user')}</th>
        </tr>
      </thead>
      <tbody>
        {properties.events.map((event) => (
          <tr key={event.id}>
            <td className="whitespace-nowrap">
              <Time at={new Date(event.at).toISOString()} isExact />
            </td>
            <td className="whitespace-nowrap">{eventWords(event)}</td>
            <td className="break-all">
              <Hostile text={subjectOf(event)} isMono />
            </td>
            <td className="break-all">
              <Hostile text={textOf(event, 'process.executable')} isMono />
            </td>
            <td>
              <Hostile text={textOf(event, 'user.name')} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type FieldName = keyof DeviceEvent['fields'];

/** What tells an event of its class apart from the others: the first of these that it has. */
const SUBJECTS: readonly FieldName[] = [
  'process.command_line',
  'file.path',
  'destination.ip',
  'source.ip',
  'dns.question.name',
  'module.name',
  'memory.mapping',
  'message',
];

function subjectOf(event: DeviceEvent): string | null {
  const own: readonly FieldName[] = event.class === 'process' ? [] : SUBJECTS.slice(1);
  for (const name of [...own, ...SUBJECTS]) {
    const text = textOf(event, name);
    if (text !== null) return text;
  }
  return null;
}

function textOf(event: DeviceEvent, name: FieldName): string | null {
  const value = event.fields[name];
  if (value === undefined) return null;
  return Array.isArray(value) ? value.join(' ') : String(value);
}
