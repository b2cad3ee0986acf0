import type { Severity } from '@wardgrid/wire';
import { EXPIRING_DAYS, portRules, unmanagedAssetRule } from './rules.ts';
import type { PortCondition, PortRule } from './rules.ts';

/** A machine, as far as rules look at it. */
export interface JudgedAsset {
  readonly id: string;
  readonly ip: string;
  readonly mac: string | null;
  readonly name: string | null;
  readonly deviceId: string | null;
  readonly isIgnored: boolean;
}

/** An open port, as far as rules look at it. */
export interface JudgedPort {
  readonly port: number;
  readonly service: string;
  readonly product?: string;
  readonly version?: string;
  readonly banner?: string;
  readonly tls?: {
    readonly subject: string;
    readonly issuer: string;
    readonly expiresAt: number | null;
  };
  readonly isUnauthenticated?: boolean;
}

/** Evidence as the wire tells it: what the scan saw. */
export type EvidenceFacts = Readonly<Record<string, string | number | boolean | null>>;

/** What a rule says of a machine or one of its ports. */
export interface Observation {
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly remedy: string;
  readonly assetId: string;
  readonly deviceId: string | null;
  /** 0 for the machine as a whole. */
  readonly port: number;
  readonly subject: string;
  readonly evidence: EvidenceFacts;
}

const EXPIRING_MS = EXPIRING_DAYS * 86_400_000;

/** What the rules say of an open port. The same arguments give the same answer. */
export function judgePort(
  asset: JudgedAsset,
  port: JudgedPort,
  nowMs: number,
): readonly Observation[] {
  return portRules
    .filter((rule) => isMet(rule.condition, port, nowMs))
    .map((rule) => ({
      ...aboutAsset(rule, asset),
      title: `${rule.title} (${port.port}/tcp)`,
      port: port.port,
      evidence: evidenceOf(asset, port),
    }));
}

/** What the rules say of a machine as a whole, found on an approved network. */
export function judgeAsset(asset: JudgedAsset): readonly Observation[] {
  if (asset.deviceId !== null || asset.isIgnored) return [];
  return [
    {
      ...aboutAsset(unmanagedAssetRule, asset),
      title: unmanagedAssetRule.title,
      port: 0,
      evidence: { ip: asset.ip, mac: asset.mac },
    },
  ];
}

function aboutAsset(rule: Omit<PortRule, 'condition'>, asset: JudgedAsset) {
  return {
    rule: rule.id,
    severity: rule.severity,
    remedy: rule.remedy,
    assetId: asset.id,
    deviceId: asset.deviceId,
    subject: asset.name ?? asset.ip,
  };
}

function isMet(condition: PortCondition, port: JudgedPort, nowMs: number): boolean {
  return (
    isAmong(condition.services, port.service) &&
    isAmong(condition.ports, port.port) &&
    isAmong(condition.versions, port.version) &&
    isEqual(condition.isUnauthenticated, port.isUnauthenticated === true) &&
    isEqual(condition.isTls, port.tls !== undefined) &&
    isPrefixed(condition.bannerPrefixes, port.banner ?? '') &&
    (condition.certificate === undefined ||
      certificateStates(port, nowMs).has(condition.certificate))
  );
}

function isAmong<T>(wanted: readonly T[] | undefined, value: T | undefined): boolean {
  return wanted === undefined || (value !== undefined && wanted.includes(value));
}

function isEqual(wanted: boolean | undefined, value: boolean): boolean {
  return wanted === undefined || wanted === value;
}

function isPrefixed(prefixes: readonly string[] | undefined, value: string): boolean {
  return prefixes === undefined || prefixes.some((prefix) => value.startsWith(prefix));
}

function certificateStates(
  { tls }: JudgedPort,
  nowMs: number,
): ReadonlySet<NonNullable<PortCondition['certificate']>> {
  const states = new Set<NonNullable<PortCondition['certificate']>>();
  if (!tls) return states;
  if (tls.subject !== '' && tls.subject === tls.issuer) states.add('self-signed');
  if (tls.expiresAt !== null && tls.expiresAt <= nowMs) states.add('expired');
  else if (tls.expiresAt !== null && tls.expiresAt - nowMs < EXPIRING_MS) states.add('expiring');
  return states;
}

function evidenceOf(asset: JudgedAsset, port: JudgedPort): EvidenceFacts {
  return {
    ip: asset.ip,
    port: port.port,
    transport: 'tcp',
    service: port.service,
    ...given('product', port.product),
    ...given('version', port.version),
    ...given('banner', port.banner),
    ...given('isUnauthenticated', port.isUnauthenticated),
    ...given('certificateSubject', port.tls?.subject),
    ...given('certificateIssuer', port.tls?.issuer),
    ...given('certificateExpiresAt', port.tls ? dateOf(port.tls.expiresAt) : undefined),
  };
}

function given(name: string, value: string | number | boolean | null | undefined): EvidenceFacts {
  return value === undefined ? {} : { [name]: value };
}

/** Largest epoch milliseconds that a date can be made of; an agent may send any number. */
const DATE_MS_MAX = 8_640_000_000_000_000;

function dateOf(epochMs: number | null): string | null {
  if (epochMs === null || !(Math.abs(epochMs) <= DATE_MS_MAX)) return null;
  return new Date(epochMs).toISOString();
}
