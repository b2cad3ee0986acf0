import * as z from 'zod';
import type { DeviceEvent } from '@wardgrid/wire';
import type { TreeOf } from '../group-key.ts';
import {
  createCountedGroups,
  readyMembers,
  subjectOfGroup,
  type CountedGroups,
  type ReadyMember,
} from '../grouping.ts';
import { GROUPS_MAX } from '../groups.ts';
import { topics, type Firing, type Machine, type MachineCounts, type Signal } from '../machine.ts';
import { isRecent, isSilent } from '../recency.ts';
import type { BurstBody, Rule } from '../rule.ts';
import { touchOf, type Touch } from './file-touch.ts';

/** Most files one group keeps: what is above the threshold tells nothing more. */
const FILES_MAX = 2_000;
/** Most files of all groups of one machine: about 10 MB of ordinary paths. */
const FILES_TOTAL_MAX = 20_000;

/** Files that one group touched within the span, with running counts of what they have in common. */
interface Burst {
  readonly touches: Map<string, Touch>;
  readonly folders: Map<string, number>;
  readonly extensions: Map<string, number>;
  readonly newExtensions: Map<string, number>;
  signs: number;
  silentUntil: number;
}

/** Only the silence outlives a restart: ten seconds of files are seen anew by then. */
const Snapshot = z.array(z.tuple([z.string().max(512), z.number()])).max(GROUPS_MAX);

/** Many files changed in a short time, in the manner of encryption; or a canary touched. */
export function createBurst(rule: Rule, body: BurstBody, treeOf: TreeOf): Machine {
  return new BurstMachine(rule, body, treeOf);
}

class BurstMachine implements Machine {
  readonly rule: Rule;
  readonly wants: ReadonlySet<string>;
  readonly #body: BurstBody;
  readonly #members: ReadonlyMap<string, readonly ReadyMember[]>;
  readonly #groups: CountedGroups<Burst>;
  #total = 0;

  constructor(rule: Rule, body: BurstBody, treeOf: TreeOf) {
    this.rule = rule;
    this.#body = body;
    this.#members = readyMembers([body.member], treeOf);
    this.wants = new Set([topics.rule(body.member.rule)]);
    this.#groups = createCountedGroups<Burst>(emptyBurst, (gone) => this.#release(gone));
  }

  accept(signal: Signal): Firing | undefined {
    const [ready] = signal.kind === 'rule' ? (this.#members.get(signal.rule.id) ?? []) : [];
    const touch = touchOf(signal.event, this.#body);
    if (!ready || !touch) return undefined;
    // Some sensors cannot tell who wrote: such events count together, rather than not at all.
    const key = ready.keyOf(signal.event) ?? '';
    const state = this.#groups.touch(key);
    const isCanary = this.#body.canary && signal.event.fields['file.is_canary'] === true;
    this.#add(state, touch);
    const isFiring = isCanary || isBurst(this.#body, state);
    const { spanMs } = this.#body;
    if (!isFiring || isSilent(state.silentUntil, signal.event.at, spanMs)) return undefined;
    const firing = this.#firing(signal.event, state, { isCanary, ready, key });
    this.#release(state);
    state.silentUntil = signal.event.at + spanMs;
    return firing;
  }

  counts(): MachineCounts {
    return this.#groups.counts();
  }

  snapshot(): unknown {
    return this.#groups.entries().map(([key, { silentUntil }]) => [key, silentUntil]);
  }

  restore(state: unknown): void {
    const parsed = Snapshot.safeParse(state);
    if (!parsed.success) return;
    this.#groups.load(
      parsed.data.map(([key, silentUntil]) => [key, { ...emptyBurst(), silentUntil }]),
    );
  }

  #add(state: Burst, touch: Touch): void {
    const before = state.touches.get(touch.path);
    if (before) this.#remove(state, before);
    this.#enter(state, before ? merged(before, touch) : touch);
    for (const old of state.touches.values()) {
      const isKept = isRecent(old.at, touch.at, this.#body.spanMs);
      if (isKept && state.touches.size <= FILES_MAX) break;
      this.#remove(state, old);
    }
    this.#groups.makeRoom(() => this.#total <= FILES_TOTAL_MAX);
  }

  #enter(state: Burst, touch: Touch): void {
    this.#total += 1;
    state.touches.set(touch.path, touch);
    change(state, touch, 1);
  }

  #remove(state: Burst, touch: Touch): void {
    this.#total -= 1;
    state.touches.delete(touch.path);
    change(state, touch, -1);
  }

  #release(state: Burst): void {
    for (const touch of state.touches.values()) this.#remove(state, touch);
  }

  #firing(
    event: DeviceEvent,
    state: Burst,
    given: { readonly isCanary: boolean; readonly ready: ReadyMember; readonly key: string },
  ): Firing {
    const counts = {
      files: state.touches.size,
      directories: state.folders.size,
      extensions: state.extensions.size,
      signs: state.signs,
    };
    const path = String(event.fields['file.path']);
    const canary = given.isCanary ? [{ selection: 'canary', field: 'file.path', value: path }] : [];
    return {
      rule: this.rule,
      event,
      subject: subjectOfGroup(given.ready.member, given.key),
      matches: [
        ...canary,
        ...Object.entries(counts).map(([field, value]) => ({
          selection: 'burst',
          field,
          value: String(value),
        })),
      ],
    };
  }
}

function emptyBurst(): Burst {
  return {
    touches: new Map(),
    folders: new Map(),
    extensions: new Map(),
    newExtensions: new Map(),
    signs: 0,
    silentUntil: 0,
  };
}

/** A file touched twice keeps every sign it ever showed. */
function merged(before: Touch, touch: Touch): Touch {
  return {
    ...touch,
    extension: before.extension ?? touch.extension,
    newExtension: touch.newExtension ?? before.newExtension,
    isSigned: before.isSigned || touch.isSigned,
  };
}

function change(state: Burst, touch: Touch, by: 1 | -1): void {
  count(state.folders, touch.folder, by);
  if (touch.extension !== null) count(state.extensions, touch.extension, by);
  if (touch.newExtension !== null) count(state.newExtensions, touch.newExtension, by);
  if (touch.isSigned) state.signs += by;
}

function count(counts: Map<string, number>, key: string, by: 1 | -1): void {
  const left = (counts.get(key) ?? 0) + by;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}

function isBurst(body: BurstBody, state: Burst): boolean {
  const isWide =
    state.touches.size >= body.files &&
    state.folders.size >= body.directories &&
    state.extensions.size >= body.extensions;
  if (!isWide) return false;
  if (body.entropy === null && body.sameNewExtension === null) return true;
  if (body.entropy !== null && state.signs >= body.signs) return true;
  const most = Math.max(0, ...state.newExtensions.values());
  return body.sameNewExtension !== null && most >= body.sameNewExtension;
}
