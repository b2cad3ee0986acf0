/**
 * What every program needs and none owns: time, randomness, ids, errors, logging, bytes, networks.
 * It owns no state and imports nothing; only `system.ts` and `multicast.ts` touch the machine, and
 * neither is reached from here. It must not know any noun of the product.
 */
export { assert, AssertionError, present, unreachable } from './assert.ts';
export {
  concatBytes,
  decodeBase64Url,
  decodeHex,
  decodeUtf8,
  encodeBase64Url,
  encodeHex,
  encodeLines,
  encodeUtf8,
  equalBytes,
} from './bytes.ts';
export {
  containsCidr,
  containsIp,
  formatCidr,
  formatIp,
  hostsOf,
  parseCidr,
  parseIp,
  sizeOf,
  type Cidr,
} from './cidr.ts';
export { createFakeClock, sleepWith, type Clock, type FakeClock } from './clock.ts';
export {
  dnsName,
  dnsService,
  dnsTexts,
  dnsTypes,
  encodeDnsQuery,
  encodeDnsResponse,
  parseDnsMessage,
  type DnsAnswer,
  type DnsMessage,
  type DnsQuestion,
  type DnsRecord,
} from './dns.ts';
export { codeOf, messageOf, WardgridError, type Facts } from './errors.ts';
export { fingerprintText, readFingerprint } from './fingerprint.ts';
export { createNewId, uuidv7, type NewId } from './ids.ts';
export { canonicalJson, type Json } from './json.ts';
export { createLog, silentLog, type Log, type LogLevel } from './log.ts';
export { createBoundedQueue, type BoundedQueue } from './queue.ts';
export { createSeededRandom, type Random } from './random.ts';
export { backoffMs, type Backoff } from './retry.ts';
export { Secret } from './secret.ts';
export { boundedText, visibleText } from './text.ts';
