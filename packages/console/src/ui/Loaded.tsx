import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { PageBody, Skeleton } from './Page.tsx';
import { Degraded } from './Problem.tsx';

/** What was asked for, once it is there; until then grey bars, or why it does not come. */
export function Loaded<Data>(properties: {
  readonly query: UseQueryResult<Data>;
  readonly children: (data: Data) => ReactNode;
}) {
  const { query, children } = properties;
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <Degraded error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <PageBody>
      <Skeleton rows={8} />
    </PageBody>
  );
}
