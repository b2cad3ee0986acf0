import { useNavigate } from '@tanstack/react-router';
import { parseFilter } from '@wardgrid/wire';
import { useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import { systemClock } from '@wardgrid/base/system';
import { t } from '../../messages/index.ts';
import { Icon } from '../Icon.tsx';
import { Degraded } from '../Problem.tsx';
import type { Search } from '../RouterLink.tsx';
import {
  joinFilters,
  listStateOf,
  nextSort,
  type Column,
  type ListDefinition,
  type ListState,
  type RowLike,
} from './definition.ts';
import { FilterBox } from './FilterBox.tsx';
import { Grid } from './Grid.tsx';
import { ColumnMenu, ExportMenu, ViewMenu } from './ListMenus.tsx';
import { countOf, select, toggleRow, useSelection, wireSelection } from './selection.ts';
import { useRows, type RowRange } from './use-rows.ts';
import { useSearchValues } from '../use-address.ts';

interface ListViewProperties<Row extends RowLike> {
  readonly definition: ListDefinition<Row>;
  /** Conditions that always hold here, such as "of this device". */
  readonly baseFilter?: string;
  readonly className?: string;
}

const columnsKey = (noun: string): string => `wardgrid.columns.${noun}`;

/** A list of things: filter, order, columns, choice, export, live; state in the address. */
export function ListView<Row extends RowLike>(properties: ListViewProperties<Row>) {
  const { definition, baseFilter, className } = properties;
  const [state, change] = useListState(definition);
  const [range, setRange] = useState<RowRange>({ first: 0, last: 0 });
  const navigate = useNavigate();
  const columns = useColumns(definition, state);
  const filter = joinFilters(baseFilter, state.filter);
  const isEnabled = parseFilter(filter, definition.fields, systemClock.now()).kind === 'filter';
  const rows = useRows(definition, { filter, sort: state.sort, range, isEnabled });
  const selection = useSelection(definition.noun);
  useEffect(() => () => select(null), [definition.noun, filter]);
  useFilterKey();

  const setFilter = useCallback((next: string) => change({ filter: next }), [change]);
  const toggle = useCallback((id: string) => toggleRow(definition.noun, id), [definition.noun]);
  const total = rows.total ?? 0;
  const shared = { definition, columns, state, onState: change };
  return (
    <div className={`flex min-h-0 flex-col ${className ?? 'grow'}`}>
      <div className="flex flex-wrap items-start gap-2 pb-3">
        <QuickFilters definition={definition} filter={state.filter} onFilter={setFilter} />
        <FilterBox filter={state.filter} fields={definition.fields} onFilter={setFilter} />
        <ViewMenu {...shared} />
        <ColumnMenu {...shared} />
        <ExportMenu {...shared} filter={filter} total={total} />
      </div>
      <div className="card flex min-h-0 grow flex-col overflow-hidden has-[[role=grid]:focus-visible]:border-accent">
        <BulkBar
          definition={definition}
          filter={filter}
          total={total}
          hasFilter={state.filter !== ''}
          isCounted={rows.isCounted}
        />
        <Content
          error={rows.error}
          rows={rows}
          definition={definition}
          state={state}
          onFilter={setFilter}
        >
          <Grid
            definition={definition}
            columns={columns}
            rows={rows}
            total={total}
            sort={state.sort}
            question={`${state.sort} ${filter}`}
            onSort={(field) => change({ sort: nextSort(state.sort, field) })}
            selection={selection}
            onToggle={toggle}
            onRange={setRange}
            onOpen={(row) => {
              if (definition.hrefOf) void navigate({ to: definition.hrefOf(row) });
            }}
            isSelectable={definition.BulkActions !== undefined}
          />
        </Content>
      </div>
    </div>
  );
}

/** The grid, or what stands in its place. */
function Content<Row extends RowLike>(properties: {
  readonly error: unknown;
  readonly rows: { readonly total: number | undefined; readonly retry: () => void };
  readonly definition: ListDefinition<Row>;
  readonly state: ListState;
  readonly onFilter: (filter: string) => void;
  readonly children: ReactNode;
}) {
  const { error, rows, definition, state, onFilter, children } = properties;
  if (error && rows.total === undefined) return <Degraded error={error} onRetry={rows.retry} />;
  if (rows.total === undefined) return <Waiting />;
  if (rows.total > 0) return children;
  if (state.filter !== '') {
    return (
      <Hint title={t('list.nothingMatches')} text={t('list.nothingMatchesHint')}>
        <button type="button" className="button" onClick={() => onFilter('')}>
          {t('list.clearFilter')}
        </button>
      </Hint>
    );
  }
  const { title, text, action } = definition.empty;
  return (
    <Hint title={title} text={text}>
      {action}
    </Hint>
  );
}

function Hint(properties: {
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="flex grow flex-col items-center justify-center gap-2 px-6 py-16 text-center">
      <h2 className="text-base">{properties.title}</h2>
      <p className="mb-2 max-w-md text-muted">{properties.text}</p>
      {properties.children}
    </div>
  );
}

function Waiting() {
  return (
    <div className="grow overflow-hidden" aria-busy="true" role="status">
      <span className="sr-only">{t('page.loading')}</span>
      {Array.from({ length: 14 }, (_, index) => (
        <div key={index} className="flex h-(--row) items-center gap-6 border-b border-line px-4">
          <div className="skeleton h-3" style={{ width: `${14 + ((index * 7) % 11)}%` }} />
          <div className="skeleton h-3 w-24" />
          <div className="skeleton h-3 grow" />
        </div>
      ))}
    </div>
  );
}

function QuickFilters<Row extends RowLike>(properties: {
  readonly definition: ListDefinition<Row>;
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
}) {
  const { definition, filter, onFilter } = properties;
  if (!definition.quickFilters) return null;
  return (
    <div
      role="group"
      aria-label={t('list.quickFilters')}
      className="flex overflow-x-auto rounded-lg border border-line-strong bg-surface p-0.5"
    >
      {definition.quickFilters.map((quick) => (
        <button
          key={quick.filter}
          type="button"
          aria-pressed={quick.filter === filter}
          className="h-6.5 cursor-pointer rounded-md px-2.5 font-medium whitespace-nowrap text-muted hover:text-text aria-pressed:bg-accent-soft aria-pressed:text-accent"
          onClick={() => onFilter(quick.filter)}
        >
          {quick.label}
        </button>
      ))}
    </div>
  );
}

/** How many there are, or what is chosen and what can be done with it. */
function BulkBar<Row extends RowLike>(properties: {
  readonly definition: ListDefinition<Row>;
  readonly filter: string;
  readonly total: number;
  readonly hasFilter: boolean;
  readonly isCounted: boolean;
}) {
  const { definition, filter, total, hasFilter, isCounted } = properties;
  const selection = useSelection(definition.noun);
  const { noun, BulkActions } = definition;
  const count = countOf(selection, total);
  if (!selection || !BulkActions) {
    return (
      <div className="flex h-9 shrink-0 items-center gap-3 border-b border-line px-3 text-xs text-muted">
        <span aria-live="polite">
          {isCounted &&
            (hasFilter ? t('list.matching', { count: total }) : t('list.rows', { count: total }))}
        </span>
        {BulkActions && isCounted && total > 0 && (
          <button
            type="button"
            className="link cursor-pointer"
            onClick={() => select({ noun, kind: 'matching', ids: new Set() })}
          >
            {t('list.selectAll', { count: total })}
          </button>
        )}
      </div>
    );
  }
  const clear = (): void => select(null);
  return (
    <div
      data-bulk-bar
      role="toolbar"
      aria-label={t('list.bulk')}
      className="flex min-h-9 shrink-0 flex-wrap items-center gap-2 border-b border-line bg-accent-soft px-3 py-1"
    >
      <span className="mr-1 font-medium text-accent">{t('list.selected', { count })}</span>
      <BulkActions chosen={{ selection: wireSelection(selection, filter), count, clear }} />
      <span className="grow" />
      {selection.kind === 'ids' && count < total && (
        <button
          type="button"
          className="button button-small button-quiet"
          onClick={() => select({ noun, kind: 'matching', ids: new Set() })}
        >
          {t('list.selectAll', { count: total })}
        </button>
      )}
      <button type="button" className="button button-small button-quiet" onClick={clear}>
        <Icon name="close" className="size-3.5" />
        {t('list.clearSelection')}
      </button>
    </div>
  );
}

/** The list's state in the address, and how to change it. Chosen columns are remembered as well. */
function useListState<Row extends RowLike>(
  definition: ListDefinition<Row>,
): readonly [ListState, (change: Partial<ListState>) => void] {
  const search = useSearchValues();
  const navigate = useNavigate();
  const { noun, defaultSort } = definition;
  const change = useCallback(
    (next: Partial<ListState>) => {
      if ('columns' in next) remember(noun, next.columns);
      void navigate({
        to: '.',
        replace: true,
        search: (before: Search) => searchWith(before, next, defaultSort),
      });
    },
    [navigate, noun, defaultSort],
  );
  return [listStateOf(search, defaultSort), change];
}

function searchWith(before: Search, next: Partial<ListState>, defaultSort: string): Search {
  const { filter, sort } = next;
  return {
    ...before,
    ...(filter === undefined ? {} : { filter: filter || undefined }),
    ...(sort === undefined ? {} : { sort: sort === defaultSort ? undefined : sort }),
    ...('columns' in next ? { columns: next.columns?.join(',') } : {}),
  };
}

function remember(noun: string, columns: readonly string[] | undefined): void {
  if (columns) localStorage.setItem(columnsKey(noun), columns.join(','));
  else localStorage.removeItem(columnsKey(noun));
}

/** The columns in use; the same array while they are the same, so that rows need not be drawn again. */
function useColumns<Row extends RowLike>(
  definition: ListDefinition<Row>,
  state: ListState,
): readonly Column<Row>[] {
  const chosen = state.columns?.join(',') ?? localStorage.getItem(columnsKey(definition.noun));
  return useMemo(() => {
    const keys = chosen?.split(',');
    const wanted = definition.columns.filter((column) => keys?.includes(column.key));
    return wanted.length > 0 ? wanted : definition.columns.filter((column) => !column.isOptional);
  }, [definition, chosen]);
}

/** `/` goes to the filter, from anywhere but where a person types. */
function useFilterKey(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const isTyping =
        event.target instanceof Element && event.target.closest('input,textarea,select');
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      document.querySelector<HTMLInputElement>('[data-filter-box]')?.focus();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}
