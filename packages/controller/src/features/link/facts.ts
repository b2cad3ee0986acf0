import type { DeviceFacts } from '../devices/index.ts';
import type { ExchangeItem } from './exchange-item.ts';

/** Tells which devices say something new about themselves, without asking the database. */
export interface FactsFilter {
  readonly changedOf: (items: readonly ExchangeItem[]) => DeviceFacts[];
  /** To be told after the commit. */
  readonly remember: (facts: readonly DeviceFacts[]) => void;
}

/** Devices whose facts are remembered, about a hundred bytes each; the others cost one statement. */
const DEVICES_MAX = 200_000;
/** A boot time is computed from an uptime and trembles by seconds. */
const BOOTED_AT_STEP_MS = 60_000;

export function createFactsFilter(): FactsFilter {
  const known = new Map<string, number>();
  return {
    changedOf(items) {
      const changed: DeviceFacts[] = [];
      for (const item of items) {
        const facts = factsOf(item);
        if (known.get(facts.deviceId) !== digestOf(facts)) changed.push(facts);
      }
      return changed;
    },
    remember(facts) {
      for (const fact of facts) {
        if (known.size >= DEVICES_MAX) known.delete(known.keys().next().value ?? '');
        known.set(fact.deviceId, digestOf(fact));
      }
    },
  };
}

function factsOf({ claims, request: { heartbeat } }: ExchangeItem): DeviceFacts {
  const { bootedAt } = heartbeat;
  return {
    deviceId: claims.deviceId,
    hostname: heartbeat.hostname,
    agentVersion: heartbeat.agentVersion,
    localIp: heartbeat.localIp,
    primaryCidr: heartbeat.primaryCidr,
    interfaceName: heartbeat.interfaceName,
    macAddress: heartbeat.macAddress,
    gatewayIp: heartbeat.gatewayIp,
    gatewayMac: heartbeat.gatewayMac,
    bootedAt:
      bootedAt === null ? null : Math.round(bootedAt / BOOTED_AT_STEP_MS) * BOOTED_AT_STEP_MS,
  };
}

/** A number of 53 bits that stands for the facts. Who makes two equal deceives only about itself. */
function digestOf(facts: DeviceFacts): number {
  const text = [
    facts.hostname,
    facts.agentVersion,
    facts.localIp,
    facts.primaryCidr,
    facts.interfaceName,
    facts.macAddress,
    facts.gatewayIp,
    facts.gatewayMac,
    facts.bootedAt,
  ].join('\n');
  return numberOf(text);
}

/** A number of 53 bits that stands for a text. */
export function numberOf(text: string): number {
  let high = 0x9e3779b9;
  let low = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x85ebca6b);
    low = Math.imul(low ^ unit, 0x01000193);
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}
