import { constants } from 'node:fs';
import type { EventAction, EventFieldName, EventFields } from '@wardgrid/wire';
import { FAN, O_CLOEXEC, O_NOATIME } from '../../../platform/linux/fanotify.ts';
import { FileStatus } from '../../../platform/linux/file-status.ts';
import { AT_FDCWD, type SystemCalls } from '../../../platform/linux/system-calls.ts';
import type { SensedEvent } from '../../../protect/parts.ts';
import { nameFields } from '../name-fields.ts';
import { pathText } from '../path-text.ts';
import type { ProcessFacts } from '../process-facts.ts';
import { Actors } from './actors.ts';
import { movesFolders, type ChangeRecord } from './change-record.ts';
import type { Handles } from './handles.ts';
import { Sampler, type Sample } from './sample.ts';

/** Files sampled in one batch: a flood of writes must not become a flood of reads. */
const SAMPLES_PER_BATCH_MAX = 64;
/** Files whose last entropy is known; about 100 bytes each. */
const ENTROPIES_MAX = 8_192;
/** `O_NONBLOCK`: a pipe that took the file's place is not waited for. */
const O_NONBLOCK = 0o4000;

/** What the kernel may tell at once of an object, in the order in which it makes sense. */
const ACTIONS: readonly (readonly [bit: number, action: EventAction])[] = [
  [FAN.CREATE, 'create'],
  [FAN.ATTRIB, 'attributes'],
  [FAN.CLOSE_WRITE, 'write'],
  [FAN.RENAME, 'rename'],
  [FAN.DELETE, 'delete'],
];

/** What a description is made with. */
export interface DescriberOptions {
  readonly calls: SystemCalls;
  readonly handles: Handles;
  /** Decoys, as paths for people. */
  readonly canaries: ReadonlySet<string>;
  readonly now: () => number;
}

type Facts = Omit<ProcessFacts, 'missing'> & { readonly missing: EventFieldName[] };

/** Makes events of what the kernel says: paths, the file as it is now, who did it. */
export class Describer {
  readonly #options: DescriberOptions;
  readonly #actors = new Actors();
  readonly #sampler: Sampler;
  readonly #status: FileStatus;
  readonly #entropies = new Map<string, number>();
  #samplesLeft = SAMPLES_PER_BATCH_MAX;

  constructor(options: DescriberOptions) {
    this.#options = options;
    this.#sampler = new Sampler(options.calls);
    this.#status = new FileStatus(options.calls);
  }

  /** Begins a batch: what was kept for the one before is let go. */
  begin(): void {
    this.#samplesLeft = SAMPLES_PER_BATCH_MAX;
    this.#actors.forget();
    this.#options.handles.closeMounts();
  }

  /** The events of a record; more than one when the kernel merged them. */
  describe(record: ChangeRecord): SensedEvent[] {
    const actions = ACTIONS.filter(([bit]) => (record.mask & bit) !== 0);
    if (actions.length === 0) return [];
    const facts = this.#factsOf(record, actions.length === 1 && actions[0]?.[1] === 'delete');
    if (movesFolders(record)) this.#options.handles.forgetPaths();
    const at = this.#options.now();
    return actions.map(([, action]) => ({
      class: 'file',
      action,
      at,
      sensor: 'file-change',
      fields: facts.fields,
      missing: facts.missing,
    }));
  }

  #factsOf(record: ChangeRecord, isGone: boolean): Facts {
    const { handles, canaries } = this.#options;
    const actor = this.#actors.factsOf(record.pid);
    const missing = [...actor.missing];
    const path = record.at && handles.pathOf(record.at);
    const before = record.from && handles.pathOf(record.from);
    const fields: EventFields = { ...actor.fields, ...nameFields(path ? pathText(path) : '') };
    if (!path) missing.push('file.path');
    if (!path && record.at) fields['file.name'] = pathText(record.at.name);
    if (before) fields['file.previous_path'] = pathText(before);
    else if (record.from) missing.push('file.previous_path');
    const names = [fields['file.path'], fields['file.previous_path']];
    if (names.some((name) => canaries.has(String(name)))) fields['file.is_canary'] = true;
    if (!isGone) this.#addStatus(record, { fields, missing });
    return { fields, missing };
  }

  /** What the file is now; it may be gone or be written again already. */
  #addStatus(record: ChangeRecord, facts: Facts): void {
    const { target } = record;
    const { calls, handles } = this.#options;
    const fd = target ? handles.open(target.filesystem, target.handle) : -1;
    if (fd < 0) {
      facts.missing.push('file.inode', 'file.mode');
      return;
    }
    const status = this.#status;
    if (status.read(fd)) {
      facts.fields['file.inode'] = String(status.inode);
      facts.fields['file.device'] = Number(status.device);
      facts.fields['file.size'] = status.sizeBytes;
      facts.fields['file.mode'] = status.mode;
      facts.fields['file.uid'] = status.uid;
      facts.fields['file.gid'] = status.gid;
      facts.fields['file.mtime'] = Number(status.mtimeNs / 1_000_000n);
      if ((record.mask & FAN.CLOSE_WRITE) !== 0 && status.isRegular) this.#addSample(fd, facts);
    }
    calls.close(fd);
  }

  #addSample(pathFd: number, { fields, missing }: Facts): void {
    const sample = this.#sampleOf(pathFd);
    if (!sample) {
      missing.push('file.entropy', 'file.magic');
      return;
    }
    const { device, inode, birthNs } = this.#status;
    const key = `${device}:${inode}:${birthNs}`;
    const before = this.#entropies.get(key);
    if (before !== undefined) fields['file.entropy_before'] = before;
    if (sample.magic !== null) fields['file.magic'] = sample.magic;
    if (sample.entropy === null) return;
    fields['file.entropy'] = sample.entropy;
    const [oldest] = this.#entropies.keys();
    if (this.#entropies.size >= ENTROPIES_MAX && oldest !== undefined) {
      this.#entropies.delete(oldest);
    }
    this.#entropies.set(key, sample.entropy);
  }

  #sampleOf(pathFd: number): Sample | null {
    if (this.#samplesLeft <= 0) return null;
    this.#samplesLeft -= 1;
    const { calls } = this.#options;
    const flags = constants.O_RDONLY | O_CLOEXEC | O_NOATIME | O_NONBLOCK;
    const fd = calls.openat(AT_FDCWD, `/proc/self/fd/${pathFd}`, flags, 0);
    if (fd < 0) return null;
    const sample = this.#sampler.sample(fd, this.#status.sizeBytes);
    calls.close(fd);
    return sample;
  }
}
