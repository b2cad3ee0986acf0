import type { Fields, Page, Permission, Selection } from '@wardgrid/wire';
import type { ComponentType, ReactNode } from 'react';
import type { Search } from '../RouterLink.tsx';

/** What a list asks of the controller. */
export interface RowsRequest {
  readonly filter: string;
  readonly sort: string;
  readonly limit: number;
  readonly offset?: number;
  readonly cursor?: string;
  readonly knownTotal?: number;
}

export interface Column<Row> {
  readonly key: string;
  readonly label: string;
  readonly cell: (row: Row) => ReactNode;
  /** What an export writes. */
  readonly text: (row: Row) => string;
  /** The field of the filter grammar that sorts it, when one does. */
  readonly sort?: string;
  /** Narrowest width in rem, and the share of what is left over. */
  readonly widthRem: number;
  readonly grow?: number;
  /** Not shown until picked. */
  readonly isOptional?: boolean;
  readonly isNumber?: boolean;
}

export interface RowLike {
  readonly id: string;
}

/** What a person has chosen, as a bulk action takes it. */
export interface Chosen {
  readonly selection: Selection;
  readonly count: number;
  readonly clear: () => void;
}

interface QuickFilter {
  readonly label: string;
  readonly filter: string;
}

/** One list of things: everything that tells it apart from the other lists. */
export interface ListDefinition<Row extends RowLike> {
  /** The name of the noun: of its queries, its saved views and its stored columns. */
  readonly noun: string;
  readonly title: string;
  readonly fields: Fields;
  readonly columns: readonly Column<Row>[];
  readonly defaultSort: string;
  readonly permission: Permission;
  readonly load: (request: RowsRequest, signal: AbortSignal) => Promise<Page<Row>>;
  /** How a row is named to screen readers. */
  readonly nameOf: (row: Row) => string;
  /** Where opening a row leads. */
  readonly hrefOf?: (row: Row) => string;
  readonly quickFilters?: readonly QuickFilter[];
  readonly BulkActions?: ComponentType<{ readonly chosen: Chosen }>;
  readonly empty: { readonly title: string; readonly text: string; readonly action?: ReactNode };
}

/** The state of a list as it stands in the address. */
export interface ListState {
  readonly filter: string;
  readonly sort: string;
  readonly columns: readonly string[] | undefined;
}

/** The list state of an address. */
export function listStateOf(search: Search, defaultSort: string): ListState {
  return {
    filter: search['filter'] ?? '',
    sort: search['sort'] ?? defaultSort,
    columns: search['columns']?.split(',').filter((key) => key !== ''),
  };
}

/** Joins the filter a list always has with what the person asks for. */
export function joinFilters(base: string | undefined, filter: string): string {
  return [base ?? '', filter].filter((part) => part.trim() !== '').join(' ');
}

/** The sort after a press on a column: ascending, then descending. */
export function nextSort(current: string, field: string): string {
  return current === field ? `-${field}` : field;
}
