import type { KeyboardEvent, RefObject } from 'react';
import type { RowLike } from './definition.ts';
import type { GridProperties } from './grid-properties.ts';
import { isChosen } from './selection.ts';

interface Place {
  readonly active: number;
  readonly move: (index: number) => void;
  readonly rowPx: number;
  readonly scroller: RefObject<HTMLDivElement | null>;
}

const STEPS: Readonly<Record<string, number>> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

/** The keys of a grid: `j k ↑ ↓`, paging, `x` to choose, Enter to open, `.` to act. */
export function useGridKeys<Row extends RowLike>(
  properties: GridProperties<Row>,
  place: Place,
): (event: KeyboardEvent) => void {
  const { active, move } = place;
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const target = targetOf(event.key, place, properties.total);
    if (target !== undefined) {
      event.preventDefault();
      if (event.shiftKey) for (const index of [active, target]) chooseAt(properties, index);
      move(target);
      return;
    }
    act(event, properties, active);
  };
}

function targetOf(key: string, place: Place, total: number): number | undefined {
  const step = STEPS[key];
  if (step !== undefined) return place.active + step;
  const pageRows = Math.floor((place.scroller.current?.clientHeight ?? 0) / place.rowPx) - 2;
  if (key === 'PageDown') return place.active + Math.max(1, pageRows);
  if (key === 'PageUp') return place.active - Math.max(1, pageRows);
  if (key === 'Home') return 0;
  return key === 'End' ? total - 1 : undefined;
}

function act<Row extends RowLike>(
  event: KeyboardEvent,
  properties: GridProperties<Row>,
  active: number,
): void {
  const row = properties.rows.rowAt(active);
  if (!row) return;
  const isOnControl = event.target !== event.currentTarget;
  if (event.key === 'x' || (event.key === ' ' && !isOnControl)) {
    event.preventDefault();
    toggleAt(properties, active);
  } else if (event.key === 'Enter' && !isOnControl) {
    event.preventDefault();
    properties.onOpen(row);
  } else if (event.key === '.') {
    event.preventDefault();
    if (!properties.selection) toggleAt(properties, active);
    requestAnimationFrame(() => {
      document.querySelector<HTMLElement>('[data-bulk-bar] button')?.focus();
    });
  }
}

function toggleAt<Row extends RowLike>(properties: GridProperties<Row>, index: number): void {
  const row = properties.rows.rowAt(index);
  if (row && properties.isSelectable) properties.onToggle(row.id);
}

function chooseAt<Row extends RowLike>(properties: GridProperties<Row>, index: number): void {
  const row = properties.rows.rowAt(index);
  if (row && !isChosen(properties.selection, row.id)) toggleAt(properties, index);
}

function isTyping(target: EventTarget): boolean {
  return target instanceof HTMLInputElement && target.type !== 'checkbox';
}
