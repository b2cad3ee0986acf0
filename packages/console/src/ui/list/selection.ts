import type { Selection } from '@wardgrid/wire';
import { useStore, type ListSelection } from '../../store.ts';

/** How many rows a selection means, of `total` that match. */
export function countOf(selection: ListSelection | null, total: number): number {
  if (!selection) return 0;
  return selection.kind === 'ids' ? selection.ids.size : Math.max(0, total - selection.ids.size);
}

/** Whether a row is chosen. */
export function isChosen(selection: ListSelection | null, id: string): boolean {
  if (!selection) return false;
  return selection.kind === 'ids' ? selection.ids.has(id) : !selection.ids.has(id);
}

/** The selection with one row turned the other way. */
function toggled(selection: ListSelection | null, noun: string, id: string): ListSelection | null {
  const ids = new Set(selection?.ids);
  if (!ids.delete(id)) ids.add(id);
  const kind = selection?.kind ?? 'ids';
  return kind === 'ids' && ids.size === 0 ? null : { noun, kind, ids };
}

/** The selection as the API takes it. */
export function wireSelection(selection: ListSelection, filter: string): Selection {
  const ids = [...selection.ids] as Extract<Selection, { ids: unknown }>['ids'];
  return selection.kind === 'ids' ? { ids } : { filter, excludedIds: ids };
}

/** The selection of a list; another list's is none of its business. */
export function useSelection(noun: string): ListSelection | null {
  return useStore((state) => (state.selection?.noun === noun ? state.selection : null));
}

/** Turns one row of a list the other way. */
export function toggleRow(noun: string, id: string): void {
  const { selection } = useStore.getState();
  select(toggled(selection?.noun === noun ? selection : null, noun, id));
}

/** Chooses rows of a list, or none. */
export function select(selection: ListSelection | null): void {
  useStore.setState({ selection });
}
