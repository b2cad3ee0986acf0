import type { ListSelection } from '../../store.ts';
import type { Column, ListDefinition, RowLike } from './definition.ts';
import type { RowRange, Rows } from './use-rows.ts';

/** What a grid is given: the list, its rows and what happens with them. */
export interface GridProperties<Row extends RowLike> {
  readonly definition: ListDefinition<Row>;
  readonly columns: readonly Column<Row>[];
  readonly rows: Rows<Row>;
  readonly total: number;
  readonly sort: string;
  /** What was asked: another question begins at its first row. */
  readonly question: string;
  readonly onSort: (field: string) => void;
  readonly selection: ListSelection | null;
  readonly onToggle: (id: string) => void;
  readonly onRange: (range: RowRange) => void;
  readonly onOpen: (row: Row) => void;
  readonly isSelectable: boolean;
}
