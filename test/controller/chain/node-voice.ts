import { randomBytes } from 'node:crypto';
import { encodeBase64Url, present } from '@wardgrid/base';
import { packAsked, unpackAnswer } from '@wardgrid/controller/features/sync/exchange/carried';
import { encodeRequest } from '@wardgrid/controller/features/sync/exchange/messages';
import {
  CERTIFICATE_HEADER,
  certificateHeader,
  signRequest,
} from '@wardgrid/controller/features/sync/exchange/signing';
import type { Signer } from '@wardgrid/trust';
import { Problem, rootNodeOf, SYNC_PATH, SYNC_THROUGH_PATH } from '@wardgrid/wire';
import type { TestController } from '../harness.ts';

/* Whoever has a controller's key speaks as that controller: requests as it would sign them, but for the changes. */

/** What a controller is known by. */
export interface Voice {
  readonly nodeId: string;
  readonly tenantId: string;
  readonly signer: Signer;
  readonly certificate: string;
}

/** What is another than the controller would do. */
export interface Distortion {
  readonly signer?: Signer;
  readonly to?: string;
  readonly rid?: string;
  readonly nowMs?: number;
  /** What is sent in place of what was signed. */
  readonly sent?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back: a problem's code, or the cloud's answer to what was handed on. */
export interface Heard {
  readonly code: string;
  readonly answer: ReturnType<typeof unpackAnswer> | null;
}

/** The voice of a controller that has joined. */
export function voiceOf({ controller }: TestController): Voice {
  const { keys, place } = controller.platform;
  const membership = present(place.membership(), 'a place in the chain');
  return {
    nodeId: keys.controllerId,
    tenantId: membership.tenantId,
    signer: keys.node,
    certificate: certificateHeader(membership.certificate),
  };
}

/** The headers of a request of a controller to another. */
export function signedBy(
  voice: Voice,
  asked: { readonly path: string; readonly to: string; readonly body: Uint8Array },
  { signer = voice.signer, rid = freshRid(), nowMs = Date.now() }: Distortion = {},
): Record<string, string> {
  return {
    ...signRequest({ signer, nodeId: voice.nodeId }, { method: 'POST', ...asked }, { rid, nowMs }),
    [CERTIFICATE_HEADER]: voice.certificate,
  };
}

/** A page without changes, as the controller would bring it. */
export function emptyPage({ nodeId, tenantId }: Voice): Promise<Buffer> {
  return encodeRequest({
    tenantId,
    request: {
      from: nodeId,
      requestNumber: 1,
      epoch: 1,
      scopeVersion: 0,
      cursor: 0,
      catchup: null,
      claim: { stream: `${nodeId}/00112233aabbccdd/ctl`, last: 0, head: '0'.repeat(64) },
      streams: [],
      decided: [],
      ops: [],
    },
    reports: [],
    t0: Date.now(),
  });
}

/** A page for the cloud, as it is handed on. */
export async function wrappedPage(voice: Voice, inner: Distortion = {}): Promise<Buffer> {
  const body = await emptyPage(voice);
  const to = inner.to ?? rootNodeOf(voice.tenantId);
  const headers = { ...signedBy(voice, { path: SYNC_PATH, to, body }, inner), ...inner.headers };
  return packAsked(headers, inner.sent ?? body);
}

/** Asks a relay to hand something on. */
export async function askThrough(
  { voice, relay }: { readonly voice: Voice; readonly relay: TestController },
  body: Buffer,
  distortion: Distortion = {},
): Promise<Heard> {
  const to = distortion.to ?? relay.controller.platform.keys.controllerId;
  const path = SYNC_THROUGH_PATH;
  const response = await fetch(relay.url + path, {
    method: 'POST',
    headers: { ...signedBy(voice, { path, to, body }, distortion), ...distortion.headers },
    body: new Uint8Array(distortion.sent ?? body),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status === 200) return { code: 'ok', answer: unpackAnswer(bytes) };
  return { code: Problem.parse(JSON.parse(bytes.toString('utf8'))).code, answer: null };
}

/** The problem that the cloud answered with, handed back; undefined when it answered with a page. */
export function problemIn({ answer }: Heard): string | undefined {
  if (!answer || answer.status === 200) return undefined;
  return Problem.parse(JSON.parse(answer.body.toString('utf8'))).code;
}

export function freshRid(): string {
  return encodeBase64Url(randomBytes(16));
}
