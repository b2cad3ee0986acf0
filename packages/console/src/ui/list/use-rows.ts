import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
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
  /** Rows that can be scrolled to; undefined until the first answer. */
  readonly total: number | undefined;
  /** False while rows are there, but not how many there are in all. */
  readonly isCounted: boolean;
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

/**
 * The rows in sight, fetched by windows of 100; the first window always. With a filter it tells the
 * total. Without one all rows would have to be counted before the first is shown: they are counted
 * while a person looks at them already, and only when there are more than one window of them.
 */
export function useRows<Row extends RowLike>(
  definition: ListDefinition<Row>,
  asked: Asked,
): Rows<Row> {
  const { filter, sort, isEnabled } = asked;
  const windows = windowsOf(asked.range);
  const knownOf = useKnownTotal(filter);
  const results = useQueries({
    queries: windows.map((window) => ({
      queryKey: [definition.noun, 'list', filter, sort, window],
      queryFn: ({ signal, queryKey }: { signal: AbortSignal; queryKey: readonly unknown[] }) =>
        definition.load(
          {
            filter,
            sort,
            offset: window * WINDOW_ROWS,
            limit: WINDOW_ROWS,
            ...knownOf.ask(queryKey),
          },
          signal,
        ),
      enabled: isEnabled,
    })),
  });
  const pages = new Map(windows.map((window, index) => [window, results[index]?.data]));
  const first = results[0];
  const before = useRef(pages);
  const isStale = first?.data === undefined && before.current.get(0) !== undefined && !first?.error;
  const shown: ReadonlyMap<number, Page<Row> | undefined> = isStale ? before.current : pages;
  const count = useQuery({
    queryKey: [definition.noun, 'list', '', 'count'],
    queryFn: async ({ signal }) =>
      (await definition.load({ filter: '', sort, limit: 1 }, signal)).total,
    enabled: isEnabled && filter === '' && isLong(first?.data),
  });
  const total = totalOf(shown.get(0), filter === '' ? count.data : undefined, filter);
  useEffect(() => {
    if (isStale) return;
    before.current = pages;
    knownOf.keep(total);
  });
  return {
    ...total,
    rowAt: (index) => shown.get(Math.floor(index / WINDOW_ROWS))?.data[index % WINDOW_ROWS],
    error: results.find((result) => result.error !== null)?.error ?? null,
    isStale,
    retry: () => void Promise.all(results.map((result) => result.refetch())),
  };
}

type Total = Pick<Rows<unknown>, 'total' | 'isCounted'>;

/** Whether there is more than a first window holds. */
function isLong(page: Page<unknown> | undefined): boolean {
  return page !== undefined && page.nextCursor !== null;
}

/** Without a filter a first window counts nothing: the count does, or that there is nothing more. */
function totalOf(
  page: Page<unknown> | undefined,
  count: number | undefined,
  filter: string,
): Total {
  if (page === undefined) return { total: undefined, isCounted: false };
  if (filter !== '') return { total: page.total, isCounted: true };
  if (!isLong(page)) return { total: page.data.length, isCounted: true };
  return { total: count ?? page.data.length, isCounted: count !== undefined };
}

/** The total of a filter as it was heard last: another order or window of its rows needs no count. */
function useKnownTotal(filter: string) {
  const known = useRef<{ readonly filter: string; readonly total: number }>(undefined);
  const client = useQueryClient();
  return {
    ask(queryKey: readonly unknown[]): { readonly knownTotal?: number } {
      const total = known.current?.filter === filter ? known.current.total : undefined;
      if (filter === '') return { knownTotal: total ?? 0 };
      // What is asked for again may have become more or less.
      const isNew = client.getQueryData(queryKey) === undefined;
      return isNew && total !== undefined ? { knownTotal: total } : {};
    },
    keep({ total, isCounted }: Total): void {
      if (total !== undefined && isCounted) known.current = { filter, total };
    },
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
