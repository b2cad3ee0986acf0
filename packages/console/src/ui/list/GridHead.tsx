import { t } from '../../messages/index.ts';
import { Icon } from '../Icon.tsx';
import type { Column, RowLike } from './definition.ts';
import type { GridProperties } from './grid-properties.ts';

/** The head of a grid: names of columns, and how each sorts. */
export function GridHead<Row extends RowLike>(
  properties: GridProperties<Row> & { readonly template: string },
) {
  const { columns, template, isSelectable, sort, onSort } = properties;
  return (
    <div role="rowgroup" className="sticky top-0 z-10">
      <div
        role="row"
        aria-rowindex={1}
        className="grid h-8 items-center border-b border-line bg-surface text-xs text-muted"
        style={{ gridTemplateColumns: template }}
      >
        {isSelectable && (
          <div role="columnheader" className="px-2.5">
            <span className="sr-only">{t('list.selection')}</span>
          </div>
        )}
        {columns.map((column) => (
          <HeadCell key={column.key} column={column} sort={sort} onSort={onSort} />
        ))}
      </div>
    </div>
  );
}

function HeadCell<Row>(properties: {
  readonly column: Column<Row>;
  readonly sort: string;
  readonly onSort: (field: string) => void;
}) {
  const { column, sort, onSort } = properties;
  const field = column.sort;
  const direction = directionOf(sort, field);
  const align = column.isNumber ? 'justify-end text-right' : '';
  if (field === undefined) {
    return (
      <div role="columnheader" className={`truncate px-2.5 font-medium ${align}`}>
        {column.label}
      </div>
    );
  }
  return (
    <div role="columnheader" aria-sort={direction ?? 'none'} className="min-w-0 px-1">
      <button
        type="button"
        tabIndex={-1}
        className={`flex w-full cursor-pointer items-center gap-1 rounded px-1.5 py-0.5 font-medium hover:bg-subtle hover:text-text ${align} ${direction ? 'text-text' : ''}`}
        onClick={() => onSort(field)}
      >
        <span className="truncate">{column.label}</span>
        {direction && (
          <Icon name={direction === 'ascending' ? 'up' : 'down'} className="size-3 shrink-0" />
        )}
      </button>
    </div>
  );
}

function directionOf(
  sort: string,
  field: string | undefined,
): 'ascending' | 'descending' | undefined {
  if (field === undefined) return undefined;
  if (sort === field) return 'ascending';
  return sort === `-${field}` ? 'descending' : undefined;
}
