import * as z from 'zod';
import type { DeviceEvent, EngineHealth, EventFieldName } from '@wardgrid/wire';
import { AnomalyKind } from './rule.ts';

/** Until a device is known, everything on it is new: nothing is said for so long. */
const LEARNING_MS = 604_800_000;
/** Most things remembered of a kind; the one that was seen first is forgotten first. */
const REMEMBERED_MAX = 10_000;

/** Most texts known lately; a few hundred bytes each. */
const RECENT_MAX = 2_000;

/** What was known lately, by its texts: looking them up is cheaper than hashing them together. */
class Recent {
  readonly #things = new Map<AnomalyKind, Map<string, Set<string>>>();
  #size = 0;

  /** Whether a thing was known lately; now it is. */
  has([kind, one, other]: Thing): boolean {
    const ones = this.#things.get(kind) ?? new Map<string, Set<string>>();
    const others = ones.get(one) ?? new Set<string>();
    if (others.has(other)) return true;
    if (this.#size >= RECENT_MAX) this.clear();
    this.#things.set(kind, ones.set(one, others.add(other)));
    this.#size += 1;
    return false;
  }

  clear(): void {
    this.#things.clear();
    this.#size = 0;
  }
}

/** What is ordinary on this device: a bounded memory of what was seen. It only adds weight to scores. */
export interface Anomalies {
  /** What is new about an event; nothing while learning. */
  readonly accept: (event: DeviceEvent) => readonly AnomalyKind[];
  readonly health: (now: number) => EngineHealth;
  readonly snapshot: () => unknown;
  /** Takes a snapshot back; one that does not fit is left aside. */
  readonly restore: (state: unknown) => void;
}

const Snapshot = z.strictObject({
  since: z.number(),
  seen: z.partialRecord(AnomalyKind, z.array(z.string().max(16)).max(REMEMBERED_MAX)),
});

/** A memory that begins to learn at `now`. */
export function createAnomalies(now: number): Anomalies {
  let since = now;
  let evaluated = 0;
  let matched = 0;
  const seen = new Map<AnomalyKind, Set<string>>();

  const recent = new Recent();

  function isNew(thing: Thing): boolean {
    if (recent.has(thing)) return false;
    const [kind, one, other] = thing;
    const known = seen.get(kind) ?? new Set<string>();
    seen.set(kind, known);
    const hash = hashOf(`${one}\n${other}`);
    if (known.has(hash)) return false;
    known.add(hash);
    if (known.size > REMEMBERED_MAX) {
      const [oldest] = known;
      if (oldest !== undefined) known.delete(oldest);
    }
    return true;
  }

  return {
    accept(event) {
      const candidates = thingsOf(event);
      if (candidates.length === 0) return [];
      evaluated += 1;
      const fresh = candidates.filter((thing) => isNew(thing));
      if (event.at - since < LEARNING_MS) return [];
      matched += fresh.length;
      return fresh.map(([kind]) => kind);
    },
    health: (at) => ({
      name: 'anomaly',
      state: 'on',
      reason: at - since < LEARNING_MS ? 'learns what is ordinary on this device' : null,
      rules: AnomalyKind.options.length,
      evaluated,
      matched,
      notEvaluable: 0,
    }),
    snapshot: () => ({
      since,
      seen: Object.fromEntries([...seen].map(([kind, things]) => [kind, [...things]])),
    }),
    restore(state) {
      const parsed = Snapshot.safeParse(state);
      if (!parsed.success) return;
      // A clock that was wrong when learning began must not keep it from ending.
      since = Math.min(parsed.data.since, now);
      recent.clear();
      for (const kind of AnomalyKind.options) seen.set(kind, new Set(parsed.data.seen[kind] ?? []));
    },
  };
}

type Thing = readonly [kind: AnomalyKind, one: string, other: string];

function thingsOf(event: DeviceEvent): readonly Thing[] {
  const program = textOf(event, 'process.executable');
  if (event.class === 'process' && event.action === 'exec' && program !== '') {
    const parent = textOf(event, 'process.parent.executable');
    const child: readonly Thing[] = parent === '' ? [] : [['first-seen-child', parent, program]];
    return [['first-seen-program', program, ''], ...child];
  }
  if (event.action === 'listen') {
    return [['first-seen-listener', program, textOf(event, 'source.port')]];
  }
  if (event.action === 'connect') {
    const peer = textOf(event, 'destination.ip');
    const isOutbound = textOf(event, 'network.direction') !== 'ingress';
    return peer === '' || !isOutbound ? [] : [['first-seen-peer', program, peer]];
  }
  if (event.action !== 'login') return [];
  return [['first-seen-login', textOf(event, 'user.name'), textOf(event, 'source.ip')]];
}

function textOf(event: DeviceEvent, field: EventFieldName): string {
  const value = event.fields[field];
  return value === undefined ? '' : String(value);
}

/** FNV-1a over UTF-16 units, twice with different starts: 64 bits, so that chance makes nothing known. */
function hashOf(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (low >>> 15), 0x01000193);
  }
  return (low >>> 0).toString(36) + (high >>> 0).toString(36).padStart(7, '0');
}
