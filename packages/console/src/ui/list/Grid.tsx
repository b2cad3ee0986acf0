import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useRef, useState } from 'react';
import { usePendingIds } from '../../local-view.ts';
import { useStore } from '../../store.ts';
import type { Column, RowLike } from './definition.ts';
import type { GridProperties } from './grid-properties.ts';
import { GridHead } from './GridHead.tsx';
import { GridRow } from './GridRow.tsx';
import { useGridKeys } from './use-grid-keys.ts';

/** Heights of a row in rem, as the style sheet has them. */
const ROW_REM = { comfortable: 2.25, compact: 1.8125 } as const;
/** The sticky head covers this much of the rows. */
const HEAD_PX = 33;
const OVERSCAN_ROWS = 12;

/** The template of all rows: each column its least width, the rest shared. */
function templateOf<Row>(columns: readonly Column<Row>[], isSelectable: boolean): string {
  const widths = columns.map(({ widthRem, grow }) => `minmax(${widthRem}rem, ${grow ?? 1}fr)`);
  return [...(isSelectable ? ['2.25rem'] : []), ...widths].join(' ');
}

/** A grid of virtual rows: only those in sight are drawn, whatever their number. */
export function Grid<Row extends RowLike>(properties: GridProperties<Row>) {
  const { definition, columns, rows, total, onRange, selection, isSelectable } = properties;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const pending = usePendingIds(definition.noun);
  const density = useStore((state) => state.density);
  const [wanted, setActive] = useState(0);
  const active = Math.max(0, Math.min(wanted, total - 1));
  const rowPx = ROW_REM[density] * rootFontPx();
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: OVERSCAN_ROWS,
    rangeExtractor: (range) => withRow(defaultRangeExtractor(range), active, total),
  });
  const items = virtualizer.getVirtualItems();
  const inSight = items.filter((item) => item.index !== active);
  const first = inSight[0]?.index ?? 0;
  const last = inSight.at(-1)?.index ?? 0;
  useEffect(() => onRange({ first, last }), [onRange, first, last]);
  useEffect(() => virtualizer.measure(), [virtualizer, rowPx]);
  useEffect(() => {
    setActive(0);
    virtualizer.scrollToOffset(0);
  }, [virtualizer, properties.question]);

  const move = (index: number): void => {
    const next = Math.max(0, Math.min(total - 1, index));
    setActive(next);
    if (scroller.current) bringIntoSight(scroller.current, next * rowPx, rowPx);
  };
  const press = useGridKeys(properties, { active, move, rowPx, scroller });
  const template = templateOf(columns, isSelectable);
  const widthRem = columns.reduce((sum, column) => sum + column.widthRem, isSelectable ? 2.25 : 0);
  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      data-grid
      aria-label={definition.title}
      aria-rowcount={total + 1}
      aria-colcount={columns.length + (isSelectable ? 1 : 0)}
      aria-multiselectable={isSelectable}
      aria-activedescendant={total > 0 ? `${id}-${active}` : undefined}
      aria-busy={rows.isStale}
      className="group/grid min-h-0 grow overflow-auto outline-none"
      onKeyDown={press}
    >
      <div style={{ minWidth: `${widthRem}rem` }}>
        <GridHead {...properties} template={template} />
        <div
          role="rowgroup"
          className={`relative ${rows.isStale ? 'opacity-60' : ''}`}
          style={{ height: virtualizer.getTotalSize() }}
        >
          {items.map((item) => {
            const row = rows.rowAt(item.index);
            return (
              <GridRow
                key={item.key}
                id={`${id}-${item.index}`}
                row={row}
                index={item.index}
                topPx={item.start}
                template={template}
                columns={columns}
                definition={definition}
                isActive={item.index === active}
                isPending={row !== undefined && pending.has(row.id)}
                selection={selection}
                isSelectable={isSelectable}
                onToggle={properties.onToggle}
                onActivate={setActive}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/**
 * Scrolls as little as shows a row whole, once. All rows are of one height: nothing has to be measured and
 * scrolled to again, as the virtualizer does for rows whose height it learns when they are drawn.
 */
function bringIntoSight(scroller: HTMLElement, topPx: number, rowPx: number): void {
  const { scrollTop, clientHeight } = scroller;
  const least = topPx + rowPx + HEAD_PX - clientHeight;
  if (topPx < scrollTop) scroller.scrollTop = topPx;
  else if (least > scrollTop) scroller.scrollTop = least;
}

/** The active row stays drawn, or the keyboard would lose its place when it scrolls away. */
function withRow(indexes: number[], active: number, total: number): number[] {
  if (active >= total || indexes.includes(active)) return indexes;
  return [...indexes, active].toSorted((left, right) => left - right);
}

function rootFontPx(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}
