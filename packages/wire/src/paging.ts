import * as z from 'zod';

/** Most rows a page may hold. */
export const PAGE_LIMIT_MAX = 500;
const PAGE_LIMIT_DEFAULT = 50;
/** Longest filter text; also bounds the work of compiling it. */
export const FILTER_LENGTH_MAX = 1_000;
/** Largest offset of a window; a console asking beyond it is not scrolling. */
const OFFSET_MAX = 10_000_000;

/** What every list takes. `offset` serves the console's virtual scrolling; API clients use `cursor`. */
export const ListQuery = z.strictObject({
  filter: z.string().max(FILTER_LENGTH_MAX).exactOptional(),
  /** A sortable field, with `-` in front for descending: `-lastSeenAt`. */
  sort: z.string().max(60).exactOptional(),
  cursor: z.string().max(1_000).exactOptional(),
  offset: z.coerce.number().int().min(0).max(OFFSET_MAX).exactOptional(),
  /**
   * The total that a page of the same filter said a moment ago: it is taken for right, and the rows
   * are not counted again.
   */
  knownTotal: z.coerce.number().int().min(0).max(OFFSET_MAX).exactOptional(),
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
});
export type ListQuery = z.infer<typeof ListQuery>;

/** One page of a list. */
export interface Page<T> {
  readonly data: T[];
  /** Give it back as `cursor` for the next page; null at the end. */
  readonly nextCursor: string | null;
  /** How many rows match in all. */
  readonly total: number;
}

/** The schema of a page of `item`. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    data: z.array(item),
    nextCursor: z.string().nullable(),
    total: z.int(),
  });
}
