import { useQueries, useQueryClient } from '@tanstack/react-query';
import type { Page } from '@wardgrid/wire';
import { useEffect, useRef } from 'react';
import type { ListDefinition, RowLike } from './definition.ts';

/** Rows of one window. */
const WINDOW_ROWS = 100;

export interface RowRange {
  readonly first: number;
  readonly last: number;
}

export interface Rows<Row> {
  /** Undefined until the first answer. */
  readonly total: number | undefined;
  readonly rowAt: (index: number) => Row | undefined;
  readonly error: unknown;
  /** The rows shown belong to the question before. */
  readonly isStale: boolean;
  readonly retry: () => void;
}

interface Asked {
  readonly filter: string;
  readonly sort: string;
  readonly range: RowRange;
  readonly isEnabled: boolean;
}

/** The rows in sight, fetched by windows of 100; the first window always, for it tells the total. */
export function useRows<Row extends RowLike>(
  definition: ListDefinition<Row>,
  asked: Asked,
): Rows<Row> {
  const windows = windowsOf(asked.range);
  const question = JSON.stringify([definition.noun, asked.filter]);
  const counted = useRef<{ readonly question: string; readonly total: number }>(undefined);
  const client = useQueryClient();
  /** Another order or window of the same rows needs no count; what is asked for again does. */
  function countOf(queryKey: readonly unknown[]): { readonly knownTotal?: number } {
    const isNew = client.getQueryData(queryKey) === undefined;
    const { current } = counted;
    return isNew && current?.question === question ? { knownTotal: current.total } : {};
  }
  const results = useQueries({
    queries: windows.map((window) => ({
      queryKey: [definition.noun, 'list', asked.filter, asked.sort, window],
      queryFn: ({ signal, queryKey }: { signal: AbortSignal; queryKey: readonly unknown[] }) =>
        definition.load(
          {
            filter: asked.filter,
            sort: asked.sort,
            offset: window * WINDOW_ROWS,
            limit: WINDOW_ROWS,
            ...countOf(queryKey),
          },
          signal,
        ),
      enabled: asked.isEnabled,
    })),
  });
  const pages = new Map(windows.map((window, index) => [window, results[index]?.data]));
  const first = results[0];
  const before = useRef(pages);
  const isStale = first?.data === undefined && before.current.get(0) !== undefined && !first?.error;
  const shown: ReadonlyMap<number, Page<Row> | undefined> = isStale ? before.current : pages;
  useEffect(() => {
    if (!isStale) before.current = pages;
    if (first?.data) counted.current = { question, total: first.data.total };
  });
  return {
    total: shown.get(0)?.total,
    rowAt: (index) => shown.get(Math.floor(index / WINDOW_ROWS))?.data[index % WINDOW_ROWS],
    error: results.find((result) => result.error !== null)?.error ?? null,
    isStale,
    retry: () => void Promise.all(results.map((result) => result.refetch())),
  };
}

/** The windows that a range of rows touches, the first always among them. */
function windowsOf(range: RowRange): readonly number[] {
  const windows = new Set([0]);
  const last = Math.floor(range.last / WINDOW_ROWS);
  for (let window = Math.floor(range.first / WINDOW_ROWS); window <= last; window += 1) {
    windows.add(window);
  }
  return [...windows];
}
