import type { Place } from './controller-tree.ts';

/** The map in pixels before zooming: a card, and the distance from one to the next. */
export const CARD = { width: 236, height: 74 } as const;
export const SPACING = { column: 300, row: 88, margin: 20 } as const;

/** Where the card of a place begins. */
export function pointOf({ column, row }: Pick<Place, 'column' | 'row'>) {
  return { x: SPACING.margin + column * SPACING.column, y: SPACING.margin + row * SPACING.row };
}

/** A line from the right edge of a card to the left edge of one in the next column. */
export function pathBetween(parent: Place, child: Place): string {
  const [from, to] = [pointOf(parent), pointOf(child)];
  const [x1, y1] = [from.x + CARD.width, from.y + CARD.height / 2];
  const [x2, y2] = [to.x, to.y + CARD.height / 2];
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}
