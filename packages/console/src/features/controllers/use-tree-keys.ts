import type { KeyboardEvent } from 'react';
import type { Place } from './controller-tree.ts';

/** What keys do in a tree. */
interface TreeActs {
  readonly focus: (key: string) => void;
  readonly toggle: (key: string, isOpen: boolean) => void;
  readonly open: (place: Place) => void;
}

/** What a key asks for at a place. */
export type TreeMove =
  | { readonly kind: 'focus'; readonly place: Place }
  | { readonly kind: 'toggle'; readonly isOpen: boolean }
  | { readonly kind: 'open' };

/**
 * The keys of a tree as the ARIA practices have them: up and down through what is shown, right opens
 * and goes in, left closes and goes out, Home and End, Enter.
 */
export function useTreeKeys(
  places: readonly Place[],
  current: Place | undefined,
  acts: TreeActs,
): (event: KeyboardEvent) => void {
  return (event) => {
    if (!current || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = moveOf(event.key, places, current);
    if (!move) return;
    event.preventDefault();
    if (move.kind === 'focus') acts.focus(move.place.node.key);
    else if (move.kind === 'toggle') acts.toggle(current.node.key, move.isOpen);
    else acts.open(current);
  };
}

/** What a key asks for; undefined when it means nothing here. */
export function moveOf(
  key: string,
  places: readonly Place[],
  current: Place,
): TreeMove | undefined {
  const index = places.indexOf(current);
  const at = (place: Place | null | undefined): TreeMove | undefined =>
    place ? { kind: 'focus', place } : undefined;
  const child = places.find(({ parent }) => parent === current);
  const isClosed = current.node.children.length > 0 && !child;
  switch (key) {
    case 'ArrowDown':
      return at(places[index + 1]);
    case 'ArrowUp':
      return at(places[index - 1]);
    case 'ArrowRight':
      return isClosed ? { kind: 'toggle', isOpen: true } : at(child);
    case 'ArrowLeft':
      return child ? { kind: 'toggle', isOpen: false } : at(current.parent);
    case 'Home':
      return at(places[0]);
    case 'End':
      return at(places.at(-1));
    case 'Enter':
    case ' ':
      return { kind: 'open' };
    default:
      return undefined;
  }
}
