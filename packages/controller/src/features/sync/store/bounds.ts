/** As many as fit, and at least one: a row that is larger than a page travels alone. */
export function firstWithin<Item>(
  items: readonly Item[],
  { bytesMax, sizeOf }: { readonly bytesMax: number; readonly sizeOf: (item: Item) => number },
): readonly Item[] {
  let bytes = 0;
  const end = items.findIndex((item, index) => {
    bytes += sizeOf(item);
    return index > 0 && bytes > bytesMax;
  });
  return end < 0 ? items : items.slice(0, end);
}
