import { useQuery } from '@tanstack/react-query';
import { syncRoutes, type PendingChange } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { n, t } from '../../messages/index.ts';
import { Hostile } from '../../ui/Hostile.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { PageBody, PageHead } from '../../ui/Page.tsx';
import { Person } from '../../ui/Person.tsx';
import { Time } from '../../ui/Time.tsx';
import { fieldWords, nounWords } from './conflict-words.ts';
import { SyncTabs } from './SyncTabs.tsx';

/** They go up by themselves, of which no event tells. */
const LOOK_AGAIN_MS = 5_000;

/** What was changed here and is not decided above: the newest first. */
export function PendingPage() {
  const pending = useQuery({
    queryKey: ['sync', 'pending'],
    queryFn: ({ signal }) => call(syncRoutes.pending, { signal }),
    refetchInterval: LOOK_AGAIN_MS,
  });
  return (
    <Loaded query={pending}>
      {({ data, total }) => (
        <PageBody>
          <PageHead title={t('sync.pending')} parent={{ to: '/sync', text: t('nav.sync') }} />
          <SyncTabs current="/sync/pending" />
          {total > data.length && (
            <p className="text-muted">
              {t('pending.more', { total: n(total), shown: n(data.length) })}
            </p>
          )}
          <div className="card overflow-x-auto">
            {data.length === 0 ? <Nothing /> : <ChangeTable changes={data} />}
          </div>
        </PageBody>
      )}
    </Loaded>
  );
}

function Nothing() {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-16 text-center">
      <h2 className="text-base">{t('pending.none')}</h2>
      <p className="text-muted">{t('pending.noneHint')}</p>
    </div>
  );
}

function ChangeTable(properties: { readonly changes: readonly PendingChange[] }) {
  return (
    <table className="data-table">
      <thead>
        <tr>
          <th scope="col">{t('pending.what')}</th>
          <th scope="col">{t('field.kind')}</th>
          <th scope="col">{t('pending.change')}</th>
          <th scope="col">{t('conflicts.fields')}</th>
          <th scope="col">{t('field.changedBy')}</th>
          <th scope="col">{t('conflicts.at')}</th>
        </tr>
      </thead>
      <tbody>
        {properties.changes.map((change) => (
          <tr key={change.id}>
            <th scope="row">
              <Hostile text={change.entityName ?? change.entityId} />
            </th>
            <td>{nounWords(change.noun)}</td>
            <td>{t(`pending.${change.kind}`)}</td>
            <td>{change.fields.map((field) => fieldWords(field)).join(', ')}</td>
            <td>
              <Person name={change.changedBy} />
            </td>
            <td>
              <Time at={change.at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
