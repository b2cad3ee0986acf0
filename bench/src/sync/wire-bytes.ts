import {
  encodeRequest,
  encodeResponse,
} from '@wardgrid/controller/features/sync/exchange/messages';
import type { SyncRequest, SyncResponse } from '@wardgrid/sync';

/** What a request weighs as it travels, without its signature in the header. */
export async function bytesOfRequest(tenantId: string, request: SyncRequest): Promise<number> {
  const bytes = await encodeRequest({ tenantId, request, reports: [], t0: Date.now() });
  return bytes.length;
}

/** What an answer weighs, without the cloud's checkpoint. */
export async function bytesOfResponse(tenantId: string, response: SyncResponse): Promise<number> {
  const now = Date.now();
  const bytes = await encodeResponse({ tenantId, response, checkpoint: null, t1: now, t2: now });
  return bytes.length;
}
