import { boundedText, visibleText, type Clock } from '@wardgrid/base';
import type { ScanLimits } from './limits.ts';

/** What showed that a host is there. */
export type Evidence = 'arp' | 'icmp' | 'tcp' | 'self';

/** A name that the host, or the name server, gives for an address. */
export interface ScannedName {
  readonly name: string;
  readonly source: 'mdns' | 'netbios' | 'dns';
}

/** A host that was seen on the network. */
export interface ScannedHost {
  readonly ip: string;
  /** Lower case with colons; null for a host behind a router. */
  readonly mac: string | null;
  readonly names: readonly ScannedName[];
  /** Whether this is the machine that scans. */
  readonly isSelf: boolean;
  /** Round trip of the first answer in milliseconds; null when nothing was timed. */
  readonly rttMs: number | null;
  readonly evidence: readonly Evidence[];
}

/** The certificate that a service showed. It is described, never trusted. */
export interface ScannedTls {
  readonly subject: string;
  readonly issuer: string;
  /** Epoch milliseconds; null when the certificate's date cannot be read. */
  readonly expiresAt: number | null;
}

/** What a service said about itself. Every text is bounded and free of control characters. */
export interface Recognition {
  readonly service: string;
  readonly product?: string;
  readonly version?: string;
  readonly banner?: string;
  readonly tls?: ScannedTls;
  /** True when the service served a stranger; false when it asked for credentials. */
  readonly isUnauthenticated?: boolean;
}

/** An open port. */
export interface ScannedPort extends Recognition {
  readonly ip: string;
  readonly port: number;
  readonly transport: 'tcp';
}

/** How far a scan is. `etaMs` stands only once there is enough to go by. */
export interface ScanProgress {
  readonly phase: 'discover' | 'verify' | 'names' | 'ports' | 'services';
  readonly done: number;
  readonly total: number;
  readonly found: number;
  readonly etaMs?: number;
}

/** How a scan ended. All but `finished` leave partial results. */
export type ScanEnd = 'finished' | 'cancelled' | 'deadline';

/** What every scan takes. */
export interface ScanControl {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly limits?: Partial<ScanLimits>;
  readonly onProgress?: (progress: ScanProgress) => void;
}

/** A product, version or name of a service: more is noise or an attack on the reader's screen. */
const WORD_LENGTH_MAX = 120;

/** A banner or certificate name: one long line. */
const LINE_LENGTH_MAX = 256;

/** Hostile text made fit to store and show as a short word. */
export function wordOf(text: string): string {
  return boundedText(visibleText(boundedText(text.trim(), WORD_LENGTH_MAX)), WORD_LENGTH_MAX);
}

/** Hostile text made fit to store and show as one line. */
export function lineOf(text: string): string {
  return boundedText(visibleText(boundedText(text.trim(), LINE_LENGTH_MAX)), LINE_LENGTH_MAX);
}
