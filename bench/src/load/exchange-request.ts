import { API_PREFIX, linkRoutes, PROTOCOL_VERSION, type ExchangeRequest } from '@wardgrid/wire';
import type { Reply } from './connection.ts';
import type { LoadRequest } from './load.ts';
import { postBytes } from './request.ts';

/** The exchanges of one device: the next carries the receipt of the last reply. */
export interface ExchangingDevice {
  readonly take: () => LoadRequest;
  /** Whether its last request is still on its way. */
  readonly isBusy: () => boolean;
}

const RECEIPT_LENGTH = 22;
/** Where the receipt stands in the body of a reply: `{"receipt":"…`. */
const REPLY_RECEIPT = Buffer.from('"receipt":"');
const RECEIPT_PLACE = Buffer.from('"receipt":"');
const SENT_AT_PLACE = Buffer.from('"sentAt":');
const SENT_AT_DIGITS = 13;

/** What every simulated device says of itself; a plain heartbeat of 700 bytes, as an agent sends. */
function exchangeOf(hostname: string, given: Pick<ExchangeRequest, 'receipt' | 'settingsVersion'>) {
  return {
    protocol: PROTOCOL_VERSION,
    ...given,
    acknowledgedOrder: 0,
    heartbeat: {
      sentAt: Date.now(),
      status: 'ok',
      agentVersion: '1.0.0',
      hostname,
      localIp: '10.1.2.3',
      primaryCidr: '10.1.2.0/24',
      interfaceName: 'eth0',
      macAddress: '02:00:00:00:00:01',
      gatewayIp: '10.1.2.1',
      gatewayMac: '02:00:00:00:00:fe',
      bootedAt: null,
      cpuPercent: 12.5,
      memoryUsedBytes: 1_073_741_824,
      memoryTotalBytes: 4_294_967_296,
      diskUsedBytes: 10_737_418_240,
      diskTotalBytes: 107_374_182_400,
      pendingRecords: 0,
      droppedRecords: 0,
    },
    records: [],
    progress: [],
  } satisfies ExchangeRequest;
}

/** The first exchange of a device: no receipt, and settings come back. */
export function firstExchange(device: {
  readonly hostname: string;
  readonly token: string;
}): Buffer {
  const body = exchangeOf(device.hostname, { receipt: null, settingsVersion: 0 });
  return bytesOf(device.token, body);
}

/**
 * Further exchanges. The request is built once; only receipt and time are written into it, so that
 * the load costs little beside what it measures.
 */
export function createExchangingDevice(
  device: { readonly hostname: string; readonly token: string },
  state: { readonly receipt: string; readonly settingsVersion: number },
): ExchangingDevice {
  const bytes = bytesOf(device.token, exchangeOf(device.hostname, state));
  const receiptAt = bytes.indexOf(RECEIPT_PLACE) + RECEIPT_PLACE.length;
  const sentAtAt = bytes.indexOf(SENT_AT_PLACE) + SENT_AT_PLACE.length;
  let lastSentAt = 0;
  let isBusy = false;
  const request: LoadRequest = {
    bytes,
    settle(reply) {
      isBusy = false;
      copyReceipt(reply, bytes, receiptAt);
    },
  };
  return {
    take() {
      isBusy = true;
      lastSentAt = Math.max(Date.now(), lastSentAt + 1);
      bytes.write(String(lastSentAt), sentAtAt, SENT_AT_DIGITS, 'latin1');
      return request;
    },
    isBusy: () => isBusy,
  };
}

/** Only what a good reply says is taken over: a wrong receipt would hide a failure. */
function copyReceipt(reply: Reply, bytes: Buffer, receiptAt: number): void {
  const found = reply.bytes.indexOf(REPLY_RECEIPT, reply.bodyStart);
  if (reply.status !== 200 || found < 0) return;
  const start = found + REPLY_RECEIPT.length;
  reply.bytes.copy(bytes, receiptAt, start, start + RECEIPT_LENGTH);
}

function bytesOf(token: string, body: ExchangeRequest): Buffer {
  return postBytes(API_PREFIX + linkRoutes.exchange.path, JSON.stringify(body), {
    authorization: `Device ${token}`,
  });
}
