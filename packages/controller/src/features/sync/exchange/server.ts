import type { SyncResponse } from '@wardgrid/sync';
import { SYNC_PATH, type SyncPush } from '@wardgrid/wire';
import { createHash } from 'node:crypto';
import { ControllerError } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import type { ProvedCaller } from './authentication.ts';
import type { Checkpoints } from './checkpoint.ts';
import type { ExchangeDeps } from './deps.ts';
import { licenceFor } from './licences.ts';
import { decodeRequest, encodeResponse } from './messages.ts';
import { signShown } from './showing.ts';
import { verifiedOps } from './verification.ts';
import { sealVouchers } from './vouching.ts';

/** The upper side of an exchange: what controllers below ask. */
export interface ExchangeServer {
  /** A page up, a page down; the reply leaves after the commit. */
  readonly exchange: (caller: ProvedCaller, body: Uint8Array) => Promise<Buffer>;
  /** How far this controller is. */
  readonly place: (tenantId: string) => Promise<SyncPush>;
}

/** Exchanges under way at once: each holds a page, and the tenant's lock for a while. */
const UNDER_WAY_MAX = 32;
/** Seconds after which a child that found no room may come again. */
const RETRY_AFTER_SECONDS = 1;

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

export function createExchangeServer(
  platform: Platform,
  deps: Pick<ExchangeDeps, 'engine' | 'nodes' | 'raise' | 'licences'>,
  checkpoints: Checkpoints,
): ExchangeServer {
  const { engine, nodes, raise, licences } = deps;
  let underWay = 0;

  async function exchange(caller: ProvedCaller, body: Uint8Array): Promise<Buffer> {
    const t1 = platform.clock.now();
    const carried = await decodeRequest(body, sha256);
    const { tenantId, request, reports } = carried;
    if (tenantId !== caller.tenantId || request.from !== caller.nodeId) {
      throw new ControllerError('sync-tenant-foreign', 'the page is of another controller', {
        facts: { nodeId: caller.nodeId },
      });
    }
    const authorOf = await platform.database.transact({ kind: 'ingest' }, async (tx) => {
      if (reports.length > 0)
        await nodes.keepReports(tx, { tenantId, from: caller.nodeId }, reports);
      return nodes.authorsOf(tx, tenantId);
    });
    const { ops, forged } = verifiedOps(request.ops, authorOf);
    for (const stream of forged) {
      await raise({
        ...caller,
        kind: 'op-forged',
        detail: `ops of stream '${stream}' were not signed by their author`,
      });
    }
    const response = await engine.handle(caller, { ...request, ops });
    if (response.status === 'fork') {
      await raise({ ...caller, kind: 'fork', detail: 'its database is a copy or was set back' });
    }
    if (ops.length > 0) await announceMoved(platform, tenantId);
    const checkpoint = await checkpoints.current(tenantId);
    const licence = await licenceFor(licences, carried);
    const sealed = await vouchedFor(platform, tenantId, response);
    const t2 = platform.clock.now();
    return encodeResponse({ tenantId, response: sealed, checkpoint, t1, t2, ...licence });
  }

  return {
    async exchange(caller, body) {
      if (underWay >= UNDER_WAY_MAX) {
        throw new ControllerError('rate-limited', `${UNDER_WAY_MAX} controllers exchange now`, {
          retryAfterSeconds: RETRY_AFTER_SECONDS,
        });
      }
      underWay += 1;
      try {
        return await exchange(caller, body);
      } finally {
        underWay -= 1;
      }
    },
    async place(tenantId) {
      const state = await engine.stateOf(tenantId);
      return { epoch: state?.epoch ?? 0, g: state?.cursor ?? 0 };
    },
  };
}

/** The cloud signs what it vouches for; others hand on what it signed, and sign what they order themselves. */
async function vouchedFor(
  { place, keys }: Platform,
  tenantId: string,
  response: SyncResponse,
): Promise<SyncResponse> {
  return place.role === 'cloud'
    ? sealVouchers(response, { tenantId, keyOf: keys.tenant })
    : signShown(response, { nodeId: keys.controllerId, signer: keys.node });
}

/** Tells every process of this controller that there is something new for those below and above. */
export function announceMoved(platform: Platform, tenantId: string): Promise<void> {
  return platform.database.transact({ kind: 'ingest' }, (tx) =>
    tx.publish({ topic: 'sync.moved', tenantId }),
  );
}

/** The path under which the sources know this endpoint, beside ours. */
export const EXCHANGE_PATHS: readonly string[] = [SYNC_PATH, '/api/sync/master/'];
