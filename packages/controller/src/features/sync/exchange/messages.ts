import {
  CLOUD,
  type Alias,
  type DecidedMark,
  type Entry,
  sealOp,
  type Row,
  type SealedOp,
  type Sha256,
  type SyncRequest,
  type SyncResponse,
  type Voucher,
} from '@wardgrid/sync';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  rootNodeOf,
  SYNC_FOREIGN_MAX,
  SyncRequestHead,
  SyncResponseFrame,
  SyncResponseHead,
  type NodeReport,
  type SignedEnvelope,
  type SyncLicenceFile,
} from '@wardgrid/wire';
import {
  linesOfOps,
  malformed,
  opsOfLines,
  packLines,
  parseLine,
  tooLarge,
  unpackLines,
} from './frames.ts';
import { voucherIn } from './vouching.ts';

/** A request with what travels beside it. */
export interface CarriedRequest {
  readonly tenantId: string;
  readonly request: SyncRequest;
  readonly reports: readonly NodeReport[];
  /** When the licence was issued that the sender goes by; absent: it takes no files. */
  readonly licenceIssuedAt?: number;
  /** When it left, by the sender's clock. */
  readonly t0: number;
}

/** An answer with what travels beside it. */
export interface CarriedResponse {
  readonly tenantId: string;
  readonly response: SyncResponse;
  readonly checkpoint: SignedEnvelope | null;
  readonly licence?: SyncLicenceFile;
  /** When the request came and the answer left, by the upstream's clock. */
  readonly t1: number;
  readonly t2: number;
}

const PROTOCOL = 1;

/** The cloud goes by another name in the engine than on the wire, where it has an id in each tenant. */
function wireName(node: string, tenantId: string): string {
  return node === CLOUD ? rootNodeOf(tenantId) : node;
}

function engineName(node: string, tenantId: string): string {
  return node === rootNodeOf(tenantId) ? CLOUD : node;
}

export function encodeRequest(carried: CarriedRequest): Promise<Buffer> {
  const { tenantId, request, ...beside } = carried;
  const { ops, from, ...rest } = request;
  const head = {
    kind: 'request',
    protocol: PROTOCOL,
    tenantId,
    from: wireName(from, tenantId),
    ...beside,
    ...rest,
  };
  return packLines([JSON.stringify(head), ...linesOfOps(ops)]);
}

/** @throws ControllerError `sync-page-malformed`, `sync-page-too-large`. */
export async function decodeRequest(bytes: Uint8Array, sha256: Sha256): Promise<CarriedRequest> {
  const [first = '', ...lines] = await unpackLines(bytes);
  const head = parseLine(SyncRequestHead, first);
  const { tenantId, reports, t0, from, licenceIssuedAt } = head;
  const { requestNumber, epoch, scopeVersion, cursor, catchup, claim, streams, decided } = head;
  const request: SyncRequest = {
    requestNumber,
    epoch,
    scopeVersion,
    cursor,
    catchup,
    claim,
    streams,
    decided,
    from: engineName(from, tenantId),
    ops: opsOfLines(lines, sha256),
  };
  const licence = licenceIssuedAt === undefined ? {} : { licenceIssuedAt };
  return { tenantId, request, reports, t0, ...licence };
}

export function encodeResponse(carried: CarriedResponse): Promise<Buffer> {
  const { tenantId, response, ...beside } = carried;
  const { from, page, snapshot, reset, foreign, ...rest } = response;
  const head = {
    kind: 'response',
    from: wireName(from, tenantId),
    ...rest,
    page: page && { from: page.from, upTo: page.upTo },
    snapshot: snapshot && {
      at: snapshot.at,
      after: snapshot.after,
      next: snapshot.next,
      hasDecided: snapshot.decided !== null,
    },
    hasReset: reset !== null,
    hasForeign: foreign !== null,
    ...beside,
  };
  return packLines([
    JSON.stringify(head),
    ...linesOfPage(page),
    ...linesOfSnapshot(snapshot),
    ...(reset ?? []).map(plainDecided).map(frameLine('reset', 'decided')),
    ...(foreign ?? []).flatMap(shownLine),
  ]);
}

function frameLine(kind: string, name: string): (value: unknown) => string {
  return (value) => JSON.stringify({ kind, [name]: value });
}

/** An undecided op with its author's word; one without is not told, since nobody would believe it. */
function shownLine({ op, previousHead, signature }: SealedOp): readonly string[] {
  if (signature === undefined) return [];
  return [JSON.stringify({ kind: 'foreign', op, previousHead, signature })];
}

function linesOfPage(page: SyncResponse['page']): string[] {
  if (!page) return [];
  return [
    ...page.entries.map(frameLine('entry', 'entry')),
    ...page.marks.map(frameLine('mark', 'mark')),
    ...page.vouchers.flatMap(({ sealed }) =>
      sealed === null ? [] : [`{"kind":"voucher","voucher":${sealed}}`],
    ),
  ];
}

function linesOfSnapshot(snapshot: SyncResponse['snapshot']): string[] {
  if (!snapshot) return [];
  return [
    ...snapshot.rows.map(frameLine('row', 'row')),
    ...snapshot.aliases.map(frameLine('alias', 'alias')),
    ...(snapshot.decided ?? []).map(plainDecided).map(frameLine('decided', 'decided')),
  ];
}

type Decided = NonNullable<SyncResponse['reset']>[number];

function plainDecided([stream, { q, head, holes }]: Decided) {
  return { stream, q, head, holes: [...holes] };
}

/** What the frames behind the first brought, by kind. */
interface Gathered {
  readonly entries: Entry[];
  readonly marks: DecidedMark[];
  readonly vouchers: Voucher[];
  readonly rows: Row[];
  readonly aliases: Alias[];
  readonly decided: Decided[];
  readonly reset: Decided[];
  readonly foreign: SealedOp[];
}

/** @throws ControllerError `sync-page-malformed`, `sync-page-too-large`. */
export async function decodeResponse(
  bytes: Uint8Array,
  tenantId: string,
): Promise<CarriedResponse> {
  const [first = '', ...lines] = await unpackLines(bytes);
  const head = parseLine(SyncResponseHead, first);
  const gathered = gather(lines);
  const { page, snapshot } = head;
  if (!page && gathered.entries.length + gathered.marks.length > 0) throw malformed('no page');
  if (!snapshot && gathered.rows.length > 0) throw malformed('no snapshot');
  const { requestNumber, epoch, scopeVersion, status, received } = head;
  const response: SyncResponse = {
    requestNumber,
    epoch,
    scopeVersion,
    status,
    received,
    from: engineName(head.from, tenantId),
    page: page && { from: page.from, upTo: page.upTo, ...inPage(gathered) },
    snapshot: snapshot && {
      at: snapshot.at,
      after: snapshot.after,
      next: snapshot.next,
      rows: gathered.rows,
      aliases: gathered.aliases,
      decided: snapshot.hasDecided ? gathered.decided : null,
    },
    reset: head.hasReset ? gathered.reset : null,
    foreign: head.hasForeign ? gathered.foreign : null,
  };
  const { checkpoint, licence, t1, t2 } = head;
  return { tenantId, response, checkpoint, t1, t2, ...(licence ? { licence } : {}) };
}

function inPage({ entries, marks, vouchers }: Gathered) {
  return { entries, marks, vouchers };
}

function gather(lines: readonly string[]): Gathered {
  const gathered: Gathered = {
    entries: [],
    marks: [],
    vouchers: [],
    rows: [],
    aliases: [],
    decided: [],
    reset: [],
    foreign: [],
  };
  for (const line of lines) put(gathered, parseLine(SyncResponseFrame, line));
  if (gathered.foreign.length > SYNC_FOREIGN_MAX)
    throw tooLarge(`more than ${SYNC_FOREIGN_MAX} undecided ops`);
  return gathered;
}

function put(gathered: Gathered, frame: SyncResponseFrame): void {
  switch (frame.kind) {
    case 'entry':
      gathered.entries.push(frame.entry as Entry);
      return;
    case 'mark':
      gathered.marks.push(frame.mark);
      return;
    case 'voucher': {
      const voucher = voucherIn(frame.voucher);
      if (!voucher) throw malformed('a voucher says nothing');
      gathered.vouchers.push(voucher);
      return;
    }
    case 'row':
      gathered.rows.push(frame.row);
      return;
    case 'alias':
      gathered.aliases.push(frame.alias);
      return;
    case 'decided':
    case 'reset': {
      const { stream, q, head, holes } = frame.decided;
      gathered[frame.kind].push([stream, { q, head, holes: new Set(holes) }]);
      return;
    }
    case 'foreign':
      gathered.foreign.push(...shownIn(frame));
      return;
    case 'end':
      throw malformed('it ends before its end');
  }
}

/** Its head is computed, never believed. One without a proof, as an older release shows it, is nothing. */
function shownIn({
  op,
  previousHead,
  signature,
}: Extract<SyncResponseFrame, { readonly kind: 'foreign' }>): readonly SealedOp[] {
  if (previousHead === undefined || signature === undefined) return [];
  return [{ ...sealOp(op, previousHead, systemCryptography.sha256), signature }];
}
