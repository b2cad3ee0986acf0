import { visibleText } from '@wardgrid/base';
import { isRow, type Row } from './cells.ts';
import type { Connection } from './connection.ts';
import { CliError } from './errors.ts';
import { routeOf, type RouteName } from './route-name.ts';

/** How the things of a noun are called by people. */
interface Naming {
  readonly one: string;
  /** The members that name one, each also a field of the noun's filter. */
  readonly members: readonly string[];
  /** The list takes no filter: it is read whole. */
  readonly isWhole?: boolean;
}

const NAMINGS = {
  tenants: { one: 'tenant', members: ['name'] },
  organizations: { one: 'organization', members: ['name'] },
  groups: { one: 'group', members: ['name'] },
  devices: { one: 'device', members: ['name', 'hostname'] },
  'enrolment-keys': { one: 'enrolment key', members: ['name'] },
  accounts: { one: 'account', members: ['email', 'name'] },
  assets: { one: 'asset', members: ['ip', 'name'] },
  networks: { one: 'network', members: ['cidr', 'name'] },
  findings: { one: 'finding', members: [] },
  incidents: { one: 'incident', members: [] },
  jobs: { one: 'job', members: [] },
  policies: { one: 'policy', members: ['name'] },
  quarantine: { one: 'file in quarantine', members: ['path'] },
  rules: { one: 'rule', members: ['ruleId', 'title'] },
  'rule-sets': { one: 'rule set', members: ['name'] },
  'rule-switches': { one: 'rule switch', members: ['ruleId'] },
  'rule-exceptions': { one: 'rule exception', members: [] },
  controllers: { one: 'controller', members: ['name'] },
  'join-tokens': { one: 'join token', members: ['name'] },
  'api-tokens': { one: 'API token', members: ['name'], isWhole: true },
  'blocked-addresses': { one: 'blocked address', members: ['cidr'], isWhole: true },
  'saved-views': { one: 'saved view', members: ['name'], isWhole: true },
} as const satisfies Readonly<Record<string, Naming>>;

/** A noun whose things can be named. */
export type NamedNoun = keyof typeof NAMINGS;

/** A thing with its id. */
export type Named = Row & { readonly id: string };

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** The beginning or the end of an id, as a narrow table shows it (`…3f9c21ab`); shorter is no id. */
const ID_PART = /^…?([0-9a-f-]{4,35})$/i;
/** Candidates beyond these are counted, not listed. */
const CANDIDATES_MAX = 10;
/** A search by a part of an id reads the list: at most this many pages of 500. */
const PAGES_MAX = 40;
const PAGE_SIZE = 500;

/** The singular of a noun. */
export function singularOf(noun: NamedNoun): string {
  return NAMINGS[noun].one;
}

/** The id that a person means by an id, a unique name, or the unique beginning or end of an id. */
export async function resolveId(
  connection: Connection,
  noun: NamedNoun,
  text: string,
): Promise<string> {
  if (UUID.test(text)) return text.toLowerCase();
  return (await search(connection, noun, text)).id;
}

/** As `resolveId`, with the thing itself. @throws CliError `not-found` or `name-ambiguous`. */
export async function resolveThing(
  connection: Connection,
  noun: 'tenants' | 'organizations' | 'groups' | 'accounts',
  text: string,
): Promise<Named> {
  if (!UUID.test(text)) return search(connection, noun, text);
  const route = routeOf(connection.wire, `${noun}.read`);
  return (await connection.call(route, { params: { id: text.toLowerCase() } })) as Named;
}

async function search(connection: Connection, noun: NamedNoun, text: string): Promise<Named> {
  const naming: Naming = NAMINGS[noun];
  for (const member of naming.members) {
    const named = await listNamed(connection, noun, { member, text });
    if (named.length > 0) return onlyOne(named, noun, text);
  }
  const part = ID_PART.exec(text)?.[1]?.toLowerCase();
  const found = part === undefined ? [] : await listByIdPart(connection, noun, part);
  if (found.length > 0) return onlyOne(found, noun, text);
  throw new CliError('not-found', `there is no ${naming.one} '${text}'`);
}

/** Things so named: spelt exactly so, else regardless of case. */
async function listNamed(
  connection: Connection,
  noun: NamedNoun,
  { member, text }: { readonly member: string; readonly text: string },
): Promise<readonly Named[]> {
  const filter = `${member}:"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  const { rows } = await page(connection, noun, { filter });
  const lower = text.toLowerCase();
  const found = rows.filter((row) => String(row[member]).toLowerCase() === lower);
  const exact = found.filter((row) => row[member] === text);
  return exact.length > 0 ? exact : found;
}

async function listByIdPart(
  connection: Connection,
  noun: NamedNoun,
  part: string,
): Promise<readonly Named[]> {
  const found: Named[] = [];
  let cursor: string | null = null;
  for (let count = 0; count < PAGES_MAX; count += 1) {
    const next = await page(connection, noun, cursor === null ? {} : { cursor });
    found.push(...next.rows.filter((row) => row.id.startsWith(part) || row.id.endsWith(part)));
    if (next.nextCursor === null || found.length > CANDIDATES_MAX) return found;
    cursor = next.nextCursor;
  }
  throw new CliError(
    'not-found',
    `there are too many ${noun} to find '${part}' by a part of the id; give the whole id`,
  );
}

async function page(
  connection: Connection,
  noun: NamedNoun,
  query: Readonly<Record<string, string>>,
): Promise<{ readonly rows: readonly Named[]; readonly nextCursor: string | null }> {
  const naming: Naming = NAMINGS[noun];
  const name: RouteName = `${noun}.list`;
  const given = naming.isWhole === true ? {} : { query: { ...query, limit: PAGE_SIZE } };
  const answer = await connection.call(routeOf(connection.wire, name), given);
  const { data, nextCursor } = answer as { data: Named[]; nextCursor?: string | null };
  return { rows: data.filter(isRow), nextCursor: nextCursor ?? null };
}

function onlyOne(found: readonly Named[], noun: NamedNoun, text: string): Named {
  const [first, ...others] = found;
  if (first && others.length === 0) return first;
  const shown = found.slice(0, CANDIDATES_MAX).map((row) => labelOf(noun, row));
  const more = found.length > shown.length ? ` and ${found.length - shown.length} more` : '';
  throw new CliError(
    'name-ambiguous',
    `'${text}' means several ${noun}: ${shown.join(', ')}${more}; give the id`,
  );
}

/** How a thing is told from others of its noun: its name, where it belongs, its id. */
export function labelOf(noun: NamedNoun, row: Row): string {
  const members: readonly string[] = NAMINGS[noun].members;
  const name = members.map((member) => row[member]).find((value) => typeof value === 'string');
  const home = typeof row['organizationName'] === 'string' ? ` of ${row['organizationName']}` : '';
  const label = typeof name === 'string' ? `'${name}'${home} (${String(row['id'])})` : row['id'];
  return visibleText(String(label));
}
