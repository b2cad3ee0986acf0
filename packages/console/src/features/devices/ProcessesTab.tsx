import { useMutation, useQuery } from '@tanstack/react-query';
import { deviceRoutes, jobRoutes, type DeviceId } from '@wardgrid/wire';
import { useEffect } from 'react';
import { call, queryClient } from '../../api.ts';
import { useMay } from '../../may.ts';
import { n, t } from '../../messages/index.ts';
import { ConsoleError } from '../../request.ts';
import { notify } from '../../store.ts';
import { formatBytes } from '../../ui/format.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Skeleton } from '../../ui/Page.tsx';
import { Degraded, problemText } from '../../ui/Problem.tsx';
import { RowTable } from '../../ui/RowTable.tsx';
import { Time } from '../../ui/Time.tsx';
import { useJob } from '../jobs/index.ts';

/** What runs on a device: as it was when it was last asked, and asked again on demand. */
export function ProcessesTab(properties: { readonly deviceId: DeviceId }) {
  const { deviceId } = properties;
  const key = ['devices', 'one', deviceId, 'inventory', 'processes'];
  const snapshot = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const params = { id: deviceId, section: 'processes' as const };
      try {
        return await call(deviceRoutes.inventory, { params, signal });
      } catch (error) {
        if (error instanceof ConsoleError && error.code === 'not-found') return null;
        throw error;
      }
    },
  });
  if (snapshot.error) {
    return <Degraded error={snapshot.error} onRetry={() => void snapshot.refetch()} />;
  }
  if (snapshot.data === undefined) return <Skeleton rows={8} />;
  const { data } = snapshot;
  return (
    <>
      <div className="flex items-center justify-between gap-3">
        <p className="text-xs text-muted">
          {data === null ? (
            t('processes.never')
          ) : (
            <>
              {t('inventory.collected')} <Time at={data.collectedAt} />
            </>
          )}
        </p>
        <AskButton deviceId={deviceId} queryKey={key} />
      </div>
      {data?.content.section === 'processes' && (
        <RowTable
          title={t('threats.tree')}
          isTruncated={data.content.isTruncated}
          heads={[
            t('process.pid'),
            t('process.program'),
            t('process.user'),
            t('process.commandLine'),
            t('field.memory'),
            t('process.cpu'),
            t('field.startedAt'),
          ]}
          rows={data.content.processes.map((process) => ({
            words: `${process.pid} ${process.name} ${process.user} ${process.commandLine}`,
            cells: [
              String(process.pid),
              process.executable ?? process.name,
              process.user,
              process.commandLine,
              formatBytes(process.residentBytes),
              t('process.seconds', { seconds: n(Math.round(process.cpuSeconds)) }),
              <Time at={new Date(process.startedAt).toISOString()} />,
            ],
          }))}
        />
      )}
    </>
  );
}

/** Asks the device, waits for its answer and shows it. */
function AskButton(properties: {
  readonly deviceId: DeviceId;
  readonly queryKey: readonly string[];
}) {
  const { deviceId, queryKey } = properties;
  const mayAsk = useMay('jobs:create');
  const ask = useMutation({
    mutationFn: () =>
      call(jobRoutes.create, {
        body: { deviceId, task: { kind: 'inventory', sections: ['processes'] } },
      }),
    onError: (error) => notify('bad', problemText(error)),
  });
  const job = useJob(ask.data?.id ?? null);
  const isEnded = job.data !== undefined && job.data.finishedAt !== null;
  useEffect(() => {
    if (isEnded) void queryClient.invalidateQueries({ queryKey });
    // The key is made of the device alone.
  }, [isEnded, deviceId]);
  if (!mayAsk) return null;
  const isAsking = ask.isPending || (ask.data !== undefined && !isEnded);
  return (
    <button type="button" className="button" disabled={isAsking} onClick={() => ask.mutate()}>
      <Icon name="scan" />
      {isAsking ? t('processes.asking') : t('processes.ask')}
    </button>
  );
}
