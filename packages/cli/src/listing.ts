import { isRow, valueAt, type Row } from './cells.ts';
import type { CommandSpec, Invocation, OptionSpec } from './command-spec.ts';
import type { Connection } from './connection.ts';
import { CliError, usageError } from './errors.ts';
import { routeOf, type RouteName } from './route-name.ts';
import { tableText, type Column } from './table.ts';

/** What a list shows, and which route it reads. */
export interface ListSpec {
  readonly route: RouteName;
  readonly columns: readonly Column[];
  /** The route takes no query: it answers everything at once. */
  readonly isWhole?: boolean;
}

const LIMIT_DEFAULT = 50;
/** Rows the controller gives in one page at most. */
const PAGE_SIZE_MAX = 500;
/** Rows kept in memory for a table or document; `--jsonl` keeps none and has no such end. */
const ROWS_MAX = 100_000;

const COLUMNS_OPTION: OptionSpec = {
  flags: '--columns <names>',
  summary: 'which members to show, in order (a,b,counts.devices)',
  kind: 'list',
};

const QUERY_OPTIONS: readonly OptionSpec[] = [
  { flags: '--filter <filter>', summary: 'status:online os:"Windows 11*" lastSeenAt:>7d words' },
  { flags: '--sort <field>', summary: 'a field; with - in front for descending (--sort=-name)' },
  { flags: '--limit <rows>', summary: `rows at most (default ${LIMIT_DEFAULT})`, kind: 'integer' },
  { flags: '--all', summary: 'every row there is' },
];

/** The command `list` of a noun. */
export function listVerb(noun: string, spec: ListSpec): CommandSpec {
  return {
    name: 'list',
    summary: `list ${noun.replaceAll('-', ' ')}`,
    options: spec.isWhole === true ? [COLUMNS_OPTION] : [...QUERY_OPTIONS, COLUMNS_OPTION],
    run: (invocation) => list(invocation, spec),
  };
}

/** A page as it comes from any list route. */
interface AnyPage {
  readonly data: readonly unknown[];
  readonly nextCursor?: string | null;
  readonly total?: number;
}

async function list(invocation: Invocation, spec: ListSpec): Promise<void> {
  const { options, output } = invocation;
  const rowsMax = rowsMaxOf(invocation);
  const connection = await invocation.connect();
  const columns = columnsFor(connection, spec, options.list('columns'));
  const choose = chooser(options.list('columns'));
  const rows: unknown[] = [];
  let count = 0;
  let last: AnyPage = { data: [] };
  for await (const page of pages(invocation, connection, { spec, rowsMax })) {
    count += page.data.length;
    last = page;
    if (output.mode === 'jsonl') for (const row of page.data) output.row(choose(row));
    else rows.push(...page.data);
    if (rows.length > ROWS_MAX) throw tooManyRows();
  }
  const total = last.total ?? count;
  if (output.mode === 'json') {
    const document = { data: rows.map(choose), total, nextCursor: last.nextCursor ?? null };
    output.document(document, () => '');
  }
  if (rows.length > 0) output.line(tableText(rows, columns, output.tableStyle()));
  if (output.mode === 'text') sayRest(invocation, count, total);
}

function rowsMaxOf({ options }: Invocation): number {
  const limit = options.number('limit');
  if (options.isOn('all')) {
    if (limit !== undefined) throw usageError('--all and --limit exclude each other');
    return Number.MAX_SAFE_INTEGER;
  }
  if (limit !== undefined && limit < 1) throw usageError('--limit: must be at least 1');
  return limit ?? LIMIT_DEFAULT;
}

async function* pages(
  { options }: Invocation,
  connection: Connection,
  { spec, rowsMax }: { readonly spec: ListSpec; readonly rowsMax: number },
): AsyncGenerator<AnyPage> {
  const route = routeOf(connection.wire, spec.route);
  if (spec.isWhole === true) {
    yield (await connection.call(route)) as AnyPage;
    return;
  }
  let left = rowsMax;
  let cursor: string | undefined;
  do {
    const query = {
      filter: options.text('filter'),
      sort: options.text('sort'),
      limit: Math.min(left, PAGE_SIZE_MAX),
      cursor,
    };
    const page = (await connection.call(route, { query })) as AnyPage;
    yield page;
    left -= page.data.length;
    cursor = page.data.length === 0 ? undefined : (page.nextCursor ?? undefined);
  } while (cursor !== undefined && left > 0);
}

function sayRest({ output }: Invocation, count: number, total: number): void {
  if (total === 0) output.note('nothing found');
  else if (count < total) output.note(`${count} of ${total}; --all shows the rest`);
}

/** The columns asked for. @throws CliError `usage` for a member that rows do not have. */
function columnsFor(
  connection: Connection,
  spec: ListSpec,
  asked: readonly string[] | undefined,
): readonly Column[] {
  if (asked === undefined) return spec.columns;
  const known = membersOf(connection, spec);
  for (const key of asked) {
    if (known.has(key.split('.')[0] ?? '')) continue;
    throw usageError(`--columns: there is no '${key}'; known: ${[...known].join(', ')}`);
  }
  return asked.map((key) => spec.columns.find((column) => column.key === key) ?? { key });
}

/** The members of a row, as the contract has them: `response.data[]`. */
function membersOf(connection: Connection, spec: ListSpec): ReadonlySet<string> {
  const { response } = routeOf(connection.wire, spec.route);
  const item = ['shape', 'data', 'element', 'shape'].reduce(partOf, response);
  return new Set(isRow(item) ? Object.keys(item) : spec.columns.map(({ key }) => key));
}

/** A part of a schema; those are no plain members but inherited ones. */
function partOf(schema: unknown, name: string): unknown {
  return typeof schema === 'object' && schema !== null ? Reflect.get(schema, name) : undefined;
}

/** With `--columns`, data holds what was asked for and no more. */
function chooser(asked: readonly string[] | undefined): (row: unknown) => unknown {
  if (asked === undefined) return (row) => row;
  return (row): Row => Object.fromEntries(asked.map((key) => [key, valueAt(row, key) ?? null]));
}

function tooManyRows(): CliError {
  return new CliError(
    'result-too-large',
    `more than ${ROWS_MAX} rows: narrow the filter, or use --jsonl`,
  );
}
