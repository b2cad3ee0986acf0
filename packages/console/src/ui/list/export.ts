import type { Column, ListDefinition, RowLike, RowsRequest } from './definition.ts';
import { csvLine } from './csv.ts';

export type ExportKind = 'csv' | 'jsonl';

interface ExportOptions<Row extends RowLike> {
  readonly definition: ListDefinition<Row>;
  readonly columns: readonly Column<Row>[];
  readonly request: Pick<RowsRequest, 'filter' | 'sort'>;
  readonly kind: ExportKind;
  readonly signal: AbortSignal;
  readonly onProgress: (rows: number, total: number) => void;
}

/** Rows of one request: the most that the controller gives. */
const PAGE_ROWS = 500;
/** Most pages: a million rows is more than a spreadsheet opens. */
const PAGES_MAX = 2_000;
/** Excel reads UTF-8 only when the file says so. */
const BYTE_ORDER_MARK = '\uFEFF';

/** The shown columns of every matching row, page by page; memory holds finished text only. */
export async function exportRows<Row extends RowLike>(options: ExportOptions<Row>): Promise<Blob> {
  const { definition, columns, request, kind, signal, onProgress } = options;
  const parts: string[] = [];
  if (kind === 'csv') parts.push(BYTE_ORDER_MARK + csvLine(columns.map((column) => column.label)));
  let cursor: string | undefined;
  let rows = 0;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const asked = { ...request, limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) };
    const { data, nextCursor, total } = await definition.load(asked, signal);
    parts.push(data.map((row) => lineOf(row, columns, kind)).join(''));
    rows += data.length;
    onProgress(rows, total);
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  return new Blob(parts, { type: kind === 'csv' ? 'text/csv' : 'application/jsonl' });
}

function lineOf<Row>(row: Row, columns: readonly Column<Row>[], kind: ExportKind): string {
  const texts = columns.map((column) => [column.key, column.text(row)] as const);
  if (kind === 'csv') return csvLine(texts.map(([, text]) => text));
  return `${JSON.stringify(Object.fromEntries(texts))}\n`;
}

/** Hands a file to the person. */
export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
