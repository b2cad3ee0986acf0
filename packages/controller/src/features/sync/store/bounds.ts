/** As many as fit, and at least one: a row that is larger than a page travels alone. */
export function firstWithin<Item extends { readonly text: string }>(
  items: readonly Item[],
  bytesMax: number,
): readonly Item[] {
  let bytes = 0;
  const end = items.findIndex(({ text }, index) => {
    bytes += text.length;
    return index > 0 && bytes > bytesMax;
  });
  return end < 0 ? items : items.slice(0, end);
}
