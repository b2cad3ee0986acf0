import type { Chosen } from './definition.ts';

/** Requests under way at once: kind to the controller, quick for a screenful. */
const CONCURRENT = 4;

/**
 * Changes each chosen thing by its own request, where the API has no bulk route; the count of
 * those changed. A selection of "everything that matches" changes nothing.
 */
export async function changeEach(
  chosen: Pick<Chosen, 'selection'>,
  change: (id: string) => Promise<unknown>,
): Promise<number> {
  if (!('ids' in chosen.selection)) return 0;
  const ids: string[] = [...chosen.selection.ids];
  for (let start = 0; start < ids.length; start += CONCURRENT) {
    await Promise.all(ids.slice(start, start + CONCURRENT).map(change));
  }
  return ids.length;
}
