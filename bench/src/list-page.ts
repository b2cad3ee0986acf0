import type { Page } from 'playwright-core';

/* Measures a list in the browser's own time: from the event of the input to the frame after the one in
   which the grid shows the rows that were asked for. */

/** What the grid must show. Runs in the page. */
export interface Wanted {
  /** The header that must be sorted, and how. */
  readonly column?: { readonly name: string; readonly sort: 'ascending' | 'descending' };
  /** The filter in the address. */
  readonly filter?: string;
  /** A row that must be drawn, counted from the head as ARIA does. */
  readonly rowIndex?: number;
}

const WATCH_SCRIPT = `(wanted) => {
  const state = { startMs: undefined };
  const begin = (event) => { state.startMs = event.timeStamp; };
  for (const kind of ['click', 'keydown', 'input']) {
    addEventListener(kind, begin, { capture: true });
  }
  const isShown = () => {
    const grid = document.querySelector('[role=grid]');
    if (!grid || grid.getAttribute('aria-busy') === 'true' || state.startMs === undefined) return false;
    if (wanted.filter !== undefined
      && (new URLSearchParams(location.search).get('filter') ?? '') !== wanted.filter) return false;
    if (wanted.column) {
      const head = [...grid.querySelectorAll('[role=columnheader]')]
        .find((one) => one.textContent.trim() === wanted.column.name);
      if (head?.getAttribute('aria-sort') !== wanted.column.sort) return false;
    }
    if (wanted.rowIndex !== undefined
      && !grid.querySelector('[aria-rowindex="' + wanted.rowIndex + '"]')) return false;
    const rows = [...grid.querySelectorAll('.grid-row')];
    return rows.length > 0 && rows.every((row) => !row.querySelector('.skeleton'));
  };
  globalThis.wardgridShown = new Promise((resolve) => {
    const look = () => {
      if (!isShown()) { requestAnimationFrame(look); return; }
      requestAnimationFrame(() => {
        for (const kind of ['click', 'keydown', 'input']) {
          removeEventListener(kind, begin, { capture: true });
        }
        resolve(performance.now() - state.startMs);
      });
    };
    requestAnimationFrame(look);
  });
}`;

/** Longest that a list may take before the bench gives up. */
const SHOWN_MS_MAX = 30_000;

/** Milliseconds from the last input of `act` until the grid shows what is wanted. */
export async function timeUntilShown(
  page: Page,
  wanted: Wanted,
  act: () => Promise<void>,
): Promise<number> {
  await page.evaluate(`(${WATCH_SCRIPT})(${JSON.stringify(wanted)})`);
  await act();
  return page.evaluate<number>(
    `Promise.race([globalThis.wardgridShown, new Promise((_, reject) =>
      setTimeout(() => reject(new Error('the grid did not show ${JSON.stringify(wanted).replaceAll("'", '')}')), ${SHOWN_MS_MAX}))])`,
  );
}

/** Waits until the grid has rows. */
export async function waitForRows(page: Page): Promise<void> {
  await page.locator('[role=grid] .grid-row a').first().waitFor();
}
