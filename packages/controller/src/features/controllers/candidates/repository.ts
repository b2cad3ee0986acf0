import { sql } from 'kysely';
import { joinCandidateFields, type JoinCandidate, type ListQuery, type Page } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../../platform/list.ts';

/** A controller that wants to join, as people see it. */
export interface CandidateRow {
  readonly id: string;
  readonly tenant_id: string | null;
  readonly tenant_name: string | null;
  readonly scope: string;
  readonly place_name: string | null;
  readonly node_id: string;
  readonly fingerprint: string;
  readonly name: string;
  readonly source: JoinCandidate['source'];
  readonly state: JoinCandidate['state'];
  readonly address: string;
  readonly urls: string[];
  readonly version: string;
  readonly has_rival: boolean;
  readonly has_place: boolean;
  readonly first_seen_at: number;
  readonly last_seen_at: number;
  readonly decided_at: number | null;
  readonly decided_by: string | null;
}

/** One as those look at it who let controllers in. */
export interface Candidate {
  readonly id: string;
  readonly tenantId: string | null;
  readonly scope: string;
  readonly nodeId: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly name: string;
  readonly address: string;
  readonly source: JoinCandidate['source'];
  readonly state: JoinCandidate['state'];
  readonly tokenId: string | null;
  readonly issuedAt: number;
  readonly lastSeenAt: number;
  readonly parentId: string | null;
  readonly createdBy: string;
  readonly decidedBy: string | null;
}

/** A place that a person gave to one. */
interface GivenPlace extends Candidate {
  readonly tenantId: string;
  readonly parentId: string;
  readonly approvedBy: string;
}

/** Where a person put a controller that wants to join; undefined while nobody did. */
export function grantedOf(candidate: Candidate): GivenPlace | undefined {
  const { state, tenantId, parentId, decidedBy } = candidate;
  const isLetIn = state === 'approved' || state === 'joined';
  if (!isLetIn || tenantId === null || parentId === null) return undefined;
  return { ...candidate, tenantId, parentId, approvedBy: decidedBy ?? '' };
}

/** What is known of one when it is first seen. */
export interface NewCandidate {
  readonly id: string;
  readonly tenantId: string | null;
  readonly scope: string;
  readonly nodeId: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly name: string;
  readonly source: JoinCandidate['source'];
  readonly tokenId: string | null;
  readonly address: string;
  readonly network: string;
  readonly urls: readonly string[];
  readonly version: string;
  readonly issuedAt: number;
  readonly parentId: string | null;
  readonly createdBy: string;
  readonly at: number;
}

const STATE = sql`case when q.denied_at is not null then 'denied' when q.joined_at is not null then 'joined'
  when q.approved_at is not null then 'approved' else 'waiting' end`;

const CANDIDATES: Omit<ListSource, 'where'> = {
  noun: 'join-candidates',
  fields: joinCandidateFields,
  columns: {
    name: { value: sql`q.name`, type: 'text' },
    state: { value: STATE, type: 'text' },
    source: { value: sql`q.source`, type: 'text' },
    fingerprint: { value: sql`q.fingerprint`, type: 'text' },
    address: { value: sql`q.address`, type: 'text' },
    firstSeenAt: { value: sql`q.first_seen_at`, type: 'timestamptz' },
    lastSeenAt: { value: sql`q.last_seen_at`, type: 'timestamptz' },
  },
  from: sql`from join_candidate q left join tenant t on t.id = q.tenant_id`,
  select: sql`q.id, q.tenant_id, t.name as tenant_name, q.scope::text as scope,
    (select name from tenant where scope = q.scope
     union all select name from organization where scope = q.scope
     union all select name from device_group where scope = q.scope) as place_name,
    q.node_id, q.fingerprint, q.name, q.source, ${STATE} as state, q.address, q.urls, q.version,
    exists (select from join_candidate o where o.node_id = q.node_id and o.id <> q.id) as has_rival,
    (q.token_id is not null or q.approved_at is not null) as has_place,
    q.first_seen_at, q.last_seen_at, coalesce(q.denied_at, q.approved_at) as decided_at,
    person_of(q.decided_by, q.scope) as decided_by`,
  id: sql`q.id`,
  words: [sql`q.name`, sql`q.fingerprint`, sql`q.address`],
  defaultSort: '-firstSeenAt',
};

/** Those that want to join, for people. */
export function candidateRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<CandidateRow>> =>
      listRows<CandidateRow>(tx, { ...CANDIDATES, where: tx.visible('q') }, { query, settings }),
    find: (fingerprint: string) =>
      tx.row(sql<CandidateRow>`select ${CANDIDATES.select} ${CANDIDATES.from}
        where q.fingerprint = ${fingerprint} and ${tx.visible('q')}`),
  };
}

/** Those that want to join, with the workers' rights. */
export function arrivalRepository(tx: Transaction) {
  return {
    lock: (fingerprint: string): Promise<Candidate | undefined> =>
      tx.row(sql<Candidate>`select q.id, q.tenant_id as "tenantId", q.scope::text as scope,
          q.node_id as "nodeId", q.public_key as "publicKey", q.fingerprint, q.name, q.address, q.source,
          ${STATE} as state, q.token_id as "tokenId", q.issued_at as "issuedAt",
          q.last_seen_at as "lastSeenAt", q.parent_id as "parentId", q.created_by as "createdBy",
          q.decided_by as "decidedBy"
        from join_candidate q where q.fingerprint = ${fingerprint} for update`),
    insert: (row: NewCandidate) =>
      tx.run(sql`insert into join_candidate (id, tenant_id, scope, node_id, public_key, fingerprint, name,
          source, token_id, address, network, urls, version, issued_at, first_seen_at, last_seen_at,
          parent_id, created_by)
        values (${row.id}, ${row.tenantId}, ${row.scope}::ltree, ${row.nodeId}, ${row.publicKey},
          ${row.fingerprint}, ${row.name}, ${row.source}, ${row.tokenId}, ${row.address}, ${row.network},
          ${JSON.stringify(row.urls)}::jsonb, ${row.version}, ${new Date(row.issuedAt)}, ${new Date(row.at)},
          ${new Date(row.at)}, ${row.parentId}, ${row.createdBy})
        on conflict (fingerprint) do nothing`),
    remove: (id: string) => tx.run(sql`delete from join_candidate where id = ${id}`),
    /** It announced itself again; nothing that it asked with is changed by that. */
    heardAgain: (id: string, at: number) =>
      tx.run(sql`update join_candidate set last_seen_at = ${new Date(at)} where id = ${id}`),
    askedAgain: (
      id: string,
      row: Pick<NewCandidate, 'address' | 'network' | 'urls' | 'version' | 'issuedAt' | 'at'>,
    ) =>
      tx.run(sql`update join_candidate set address = ${row.address}, network = ${row.network},
          urls = ${JSON.stringify(row.urls)}::jsonb, version = ${row.version},
          issued_at = ${new Date(row.issuedAt)}, last_seen_at = ${new Date(row.at)},
          source = case source when 'heard' then 'asked' else source end
        where id = ${id}`),
    approve: (
      id: string,
      given: Pick<NewCandidate, 'scope' | 'name' | 'createdBy' | 'at'> & {
        readonly tenantId: string;
        readonly parentId: string;
        readonly by: string;
      },
    ) =>
      tx.run(sql`update join_candidate set tenant_id = ${given.tenantId}, scope = ${given.scope}::ltree,
          name = ${given.name}, parent_id = ${given.parentId}, created_by = ${given.createdBy},
          approved_at = ${new Date(given.at)}, decided_by = ${given.by}, denied_at = null
        where id = ${id}`),
    deny: (id: string, given: { readonly by: string; readonly at: number }) =>
      tx.run(sql`update join_candidate set denied_at = ${new Date(given.at)}, decided_by = ${given.by}
        where id = ${id}`),
    joined: (id: string, at: number) =>
      tx.run(
        sql`update join_candidate set joined_at = coalesce(joined_at, ${new Date(at)}) where id = ${id}`,
      ),
  };
}

/** How many are kept, and for how long, with the workers' rights. */
export function candidateRoom(tx: Transaction) {
  return {
    /** Forgets those that nothing was seen of, or nothing is to be decided about, since a moment. */
    forget: (before: { readonly waiting: number; readonly decided: number }) =>
      tx.run(sql`delete from join_candidate q where case ${STATE}
        when 'waiting' then q.last_seen_at < ${new Date(before.waiting)}
        when 'approved' then q.last_seen_at < ${new Date(before.decided)}
        else coalesce(q.denied_at, q.joined_at) < ${new Date(before.waiting)} end`),
    /**
     * Leaves room for one more below a bound: those go first that were only heard, then those of whom
     * many ask from one network, the longest silent first. Whoever floods displaces itself.
     */
    makeRoom: (limit: number) =>
      tx.run(sql`delete from join_candidate where id in (
        select id from (
          select q.id, row_number() over (order by (q.source = 'heard'), n.crowd, q.last_seen_at desc, q.id) as place
          from join_candidate q
          join (select network, count(*) as crowd from join_candidate group by network) n using (network)
          where q.token_id is null and ${STATE} = 'waiting'
        ) ranked where place >= ${limit})`),
    /** The only tenant of this installation; undefined when there are several. */
    onlyTenant: async (): Promise<{ tenantId: string; scope: string } | undefined> => {
      const rows = await tx.rows(sql<{ tenantId: string; scope: string }>`
        select id as "tenantId", scope::text as scope from tenant limit 2`);
      return rows.length === 1 ? rows[0] : undefined;
    },
  };
}
