import { memo } from 'react';
import { t } from '../../messages/index.ts';
import type { ListSelection } from '../../store.ts';
import { RouterLink } from '../RouterLink.tsx';
import type { Column, ListDefinition, RowLike } from './definition.ts';
import { PendingSign } from '../PendingMark.tsx';
import { isChosen } from './selection.ts';

interface GridRowProperties<Row extends RowLike> {
  readonly id: string;
  readonly row: Row | undefined;
  readonly index: number;
  readonly topPx: number;
  readonly template: string;
  readonly columns: readonly Column<Row>[];
  readonly definition: ListDefinition<Row>;
  readonly isActive: boolean;
  /** Changed here and not sent up yet. */
  readonly isPending: boolean;
  readonly selection: ListSelection | null;
  readonly isSelectable: boolean;
  readonly onToggle: (id: string) => void;
  readonly onActivate: (index: number) => void;
}

/** One row, drawn again only when something of it changes: drawing is most of what a list costs. */
export const GridRow = memo(PlainRow) as typeof PlainRow;

/** A row, or grey bars of the same height while it is on its way. */
function PlainRow<Row extends RowLike>(properties: GridRowProperties<Row>) {
  const { id, row, index, topPx, template, columns, isActive, selection, isSelectable } =
    properties;
  const isSelected = row !== undefined && isChosen(selection, row.id);
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelectable ? isSelected : undefined}
      data-active={isActive}
      className="grid-row absolute inset-x-0 group-[:not(:focus-within)]/grid:shadow-none"
      style={{ gridTemplateColumns: template, transform: `translateY(${topPx}px)` }}
      onClick={() => properties.onActivate(index)}
    >
      {isSelectable && <SelectCell {...properties} isSelected={isSelected} />}
      {columns.map((column, place) => (
        <Cell key={column.key} {...properties} column={column} isFirst={place === 0} />
      ))}
    </div>
  );
}

function SelectCell<Row extends RowLike>(
  properties: GridRowProperties<Row> & { readonly isSelected: boolean },
) {
  const { row, definition, onToggle, isSelected } = properties;
  return (
    <div role="gridcell">
      {row && (
        <input
          type="checkbox"
          tabIndex={-1}
          className="check block"
          checked={isSelected}
          aria-label={t('list.select', { name: definition.nameOf(row) })}
          onChange={() => onToggle(row.id)}
        />
      )}
    </div>
  );
}

function Cell<Row extends RowLike>(properties: {
  readonly row: Row | undefined;
  readonly column: Column<Row>;
  readonly definition: ListDefinition<Row>;
  readonly isFirst: boolean;
  readonly isPending: boolean;
}) {
  const { row, column, definition, isFirst, isPending } = properties;
  const content = row ? column.cell(row) : <Bar />;
  const href = row && isFirst ? definition.hrefOf?.(row) : undefined;
  return (
    <div
      role="gridcell"
      className={column.isNumber ? 'text-right' : undefined}
      title={row && typeof content === 'string' ? column.text(row) : undefined}
    >
      {isFirst && isPending && <PendingSign />}
      {href === undefined ? (
        content
      ) : (
        <RouterLink
          to={href}
          tabIndex={-1}
          className="font-medium hover:text-accent hover:underline"
        >
          {content}
        </RouterLink>
      )}
    </div>
  );
}

function Bar() {
  return <div className="skeleton h-3 w-3/5" />;
}
