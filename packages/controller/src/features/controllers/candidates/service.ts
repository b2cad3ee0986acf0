import { encodeBase64Url, fingerprintText, visibleText } from '@wardgrid/base';
import {
  instantOf,
  instantOrNull,
  type JoinCandidate,
  type ListQuery,
  type Page,
  type TenantId,
} from '@wardgrid/wire';
import { decideAnywhere } from '../../../platform/authorize.ts';
import type { Context } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import { referenceOf } from '../../../platform/person.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../../platform/services.ts';
import type { ControllersDeps } from '../deps.ts';
import { roleBelow } from '../introduction.ts';
import type { Nodes } from '../nodes.ts';
import { parentHere, requirePlace } from '../places.ts';
import { fingerprintOfKey, tell } from './arrivals.ts';
import {
  arrivalRepository,
  candidateRepository,
  candidateRoom,
  type Candidate,
  type CandidateRow,
} from './repository.ts';

/** Controllers that want to join, for people. */
export interface JoinCandidates {
  readonly list: (context: Context, query: ListQuery) => Promise<Page<JoinCandidate>>;
  readonly read: (context: Context, fingerprint: string) => Promise<JoinCandidate>;
  readonly approve: (
    context: Context,
    fingerprint: string,
    given: { readonly name?: string; readonly scope?: string },
  ) => Promise<JoinCandidate>;
  readonly deny: (
    context: Context,
    fingerprint: string,
    given: { readonly reason?: string; readonly scope?: string },
  ) => Promise<JoinCandidate>;
}

interface Needs extends Pick<ControllersDeps, 'licenceOf' | 'noteTurnedAway'> {
  readonly platform: Platform;
  readonly nodes: Nodes;
}

export function createJoinCandidates(
  platform: Platform,
  given: Omit<Needs, 'platform'>,
): JoinCandidates {
  const needs: Needs = { platform, ...given };
  return {
    list: (context, query) =>
      transactAs(platform, readingOf(context), async (tx) => {
        const page = await candidateRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => candidateOf(platform, row)) };
      }),
    read: async (context, fingerprint) =>
      candidateOf(platform, await readable(platform, context, fingerprint)),
    approve: (context, fingerprint, wish) => approve(needs, { context, fingerprint, wish }),
    deny: (context, fingerprint, wish) => deny(needs, { context, fingerprint, wish }),
  };
}

function readingOf({ actor }: Context) {
  return { actor, permission: 'controllers:read' } as const;
}

/**
 * One that the actor sees. One that is nobody's yet is seen by the platform; and by whoever may let
 * controllers in and names the whole fingerprint, which stands on the screen of its machine.
 */
async function readable(
  platform: Platform,
  context: Context,
  fingerprint: string,
): Promise<CandidateRow> {
  const seen = await transactAs(platform, readingOf(context), (tx) =>
    candidateRepository(tx).find(fingerprint),
  );
  if (seen) return seen;
  const { actor } = context;
  const decision = decideAnywhere(actor, 'controllers:manage', platform.clock.now());
  const named =
    decision.kind === 'allowed'
      ? await platform.database.transact({ kind: 'ingest' }, (tx) =>
          candidateRepository(tx).find(fingerprint),
        )
      : undefined;
  if (named?.tenant_id !== null) throw notFound('controller that wants to join');
  return named;
}

async function approve(
  needs: Needs,
  asked: {
    readonly context: Context;
    readonly fingerprint: string;
    readonly wish: { readonly name?: string; readonly scope?: string };
  },
): Promise<JoinCandidate> {
  const { platform, nodes } = needs;
  const { context, fingerprint, wish } = asked;
  const row = await readable(platform, context, fingerprint);
  if (row.tenant_id !== null) requireManaged(platform, context, row);
  const scope = wish.scope ?? (row.has_place ? row.scope : undefined);
  if (scope === undefined) throw placeMissing('say which organization or group it will serve');
  const { tenantId } = await requirePlace(platform, context, scope);
  if (row.tenant_id !== null && row.tenant_id !== tenantId) throw notFound('place');
  const by = referenceOf(context.actor);
  await decide(needs, { context, fingerprint }, async (tx, candidate) => {
    if (!(await needs.licenceOf(tx, tenantId))) {
      throw new ControllerError('licence-missing', 'the tenant has no licence');
    }
    await arrivalRepository(tx).approve(candidate.id, {
      tenantId,
      scope,
      by,
      name: wish.name ?? (candidate.name.trim() || fingerprintText(fingerprint)),
      createdBy: candidate.createdBy || by,
      parentId: await parentHere(platform, tx, { nodes, tenantId }),
      at: platform.clock.now(),
    });
    return { ...candidate, tenantId, scope };
  });
  return candidateOf(platform, await readable(platform, context, fingerprint));
}

async function deny(
  needs: Needs,
  asked: {
    readonly context: Context;
    readonly fingerprint: string;
    readonly wish: { readonly reason?: string; readonly scope?: string };
  },
): Promise<JoinCandidate> {
  const { platform } = needs;
  const { context, fingerprint, wish } = asked;
  const row = await readable(platform, context, fingerprint);
  requireManaged(platform, context, row);
  const noted = await placeOfFinding(platform, { context, row, scope: wish.scope });
  const by = referenceOf(context.actor);
  await decide(needs, { context, fingerprint }, async (tx, candidate) => {
    await arrivalRepository(tx).deny(candidate.id, { by, at: platform.clock.now() });
    await needs.noteTurnedAway(tx, {
      tenantId: noted.tenantId,
      served: noted.scope,
      key: candidate.publicKey,
      subject: visibleText(`${candidate.name} (${candidate.address})`),
      evidence: {
        ip: candidate.address,
        name: candidate.name,
        fingerprint: fingerprintText(fingerprint),
        ...(wish.reason === undefined ? {} : { reason: wish.reason }),
      },
    });
    return candidate;
  });
  return candidateOf(platform, await readable(platform, context, fingerprint));
}

/** Decides about one that nobody has let in, and tells of it. */
function decide(
  { platform }: Needs,
  { context, fingerprint }: { readonly context: Context; readonly fingerprint: string },
  change: (
    tx: Transaction,
    candidate: Candidate,
  ) => Promise<Pick<Candidate, 'id' | 'tenantId' | 'scope'>>,
): Promise<void> {
  const access = { kind: 'ingest', actor: context.actor } as const;
  return platform.database.transact(access, async (tx) => {
    const candidate = await arrivalRepository(tx).lock(fingerprint);
    if (candidate?.state !== 'waiting' && candidate?.state !== 'denied') {
      throw new ControllerError('controller-not-pending', 'it does not wait to be let in');
    }
    await tell(platform, tx, { row: await change(tx, candidate), verb: 'changed' });
  });
}

/** Who is turned away is noted where somebody looks: at the cloud that has to be said. */
async function placeOfFinding(
  platform: Platform,
  given: {
    readonly context: Context;
    readonly row: CandidateRow;
    readonly scope: string | undefined;
  },
): Promise<{ readonly tenantId: string; readonly scope: string }> {
  const { context, row, scope } = given;
  const { tenant_id: tenantId } = row;
  if (tenantId !== null) return { tenantId, scope: row.scope };
  if (scope !== undefined) return { ...(await requirePlace(platform, context, scope)), scope };
  const only = await platform.database.transact({ kind: 'ingest' }, (tx) =>
    candidateRoom(tx).onlyTenant(),
  );
  if (only) return only;
  throw placeMissing('say where the finding belongs: this installation has several tenants');
}

function requireManaged(
  platform: Platform,
  { actor }: Context,
  { tenant_id: tenantId, scope }: CandidateRow,
): void {
  const noun = 'controller that wants to join';
  requireAllowed(platform, { actor, permission: 'controllers:manage', noun }, { tenantId, scope });
}

function placeMissing(detail: string): ControllerError {
  return new ControllerError('controller-scope-missing', detail);
}

function candidateOf({ place, keys }: Platform, row: CandidateRow): JoinCandidate {
  return {
    id: row.id,
    fingerprint: row.fingerprint,
    parentFingerprint: fingerprintOfKey(encodeBase64Url(keys.node.publicKey)),
    nodeId: row.node_id,
    name: row.name,
    role: roleBelow(place.role),
    source: row.source,
    state: row.state,
    address: row.address,
    urls: row.urls,
    version: row.version,
    hasRival: row.has_rival,
    tenantId: row.tenant_id as TenantId | null,
    tenantName: row.tenant_name ?? '',
    scope: row.has_place ? row.scope : null,
    placeName: row.has_place ? (row.place_name ?? '') : '',
    firstSeenAt: instantOf(row.first_seen_at),
    lastSeenAt: instantOf(row.last_seen_at),
    decidedAt: instantOrNull(row.decided_at),
    decidedBy: row.decided_by,
  };
}
