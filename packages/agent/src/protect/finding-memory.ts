import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { messageOf, type Log } from '@wardgrid/base';
import type { FindingMemory, FoundBefore } from '@wardgrid/detection';
import type { DeviceEvent } from '@wardgrid/wire';
import { replaceFileSoon } from '../platform/linux/durable.ts';
import type { ToldFinding } from './finding-book.ts';

/** What was told, over restarts and changes of content. */
export interface KeptFindings extends FindingMemory {
  /** Remembers a finding as it is told. */
  readonly note: (finding: ToldFinding) => void;
  /** Remembers that a rule saw the process of an event. */
  readonly count: (ruleId: string, event: DeviceEvent) => void;
  /** Writes what is new. Called on a beat; what it misses may be told twice. */
  readonly flush: () => void;
}

const FILE = 'findings.json';
/** Findings that go on under their id, and processes that are not counted twice: the oldest goes. */
const FINDINGS_MAX = 2_048;
const COUNTED_MAX = 4_096;
/** More than these bounds allow is not ours. */
const FILE_BYTES_MAX = 16 * 1_024 * 1_024;
const KEY_LENGTH_MAX = 2_000;

const Key = z.string().max(KEY_LENGTH_MAX);
const Found = z.strictObject({
  id: z.uuid(),
  firstSeenAt: z.int().min(0),
  lastSeenAt: z.int().min(0),
  count: z.int().min(1),
});
const Stored = z.strictObject({
  findings: z.array(z.tuple([Key, Found])).max(FINDINGS_MAX),
  counted: z.array(Key).max(COUNTED_MAX),
});

/** What a folder remembers; nothing when its file is new or broken. */
export function openFindingMemory(folder: string, log: Log): KeptFindings {
  const { findings: stored, counted: storedCounted } = read(folder);
  const findings = new Map<string, FoundBefore>(stored);
  const counted = new Map(storedCounted.map((key) => [key, true]));
  let isDirty = false;

  function keep<T>(map: Map<string, T>, entry: readonly [string, T], countMax: number): void {
    const [key, value] = entry;
    if (key.length > KEY_LENGTH_MAX) return;
    map.delete(key);
    if (map.size >= countMax) map.delete(map.keys().next().value ?? '');
    map.set(key, value);
    isDirty = true;
  }

  return {
    find: (ruleId, subject) => findings.get(keyOf(ruleId, subject)),
    isCounted(ruleId, event) {
      const entityId = entityOf(event);
      const isRunning = event.fields['event.reason'] === 'running';
      return isRunning && entityId !== undefined && counted.has(keyOf(ruleId, entityId));
    },
    note({ rule, subject, id, firstSeenAt, lastSeenAt, count }) {
      const found = { id, firstSeenAt, lastSeenAt, count };
      keep(findings, [keyOf(rule, subject), found], FINDINGS_MAX);
    },
    count(ruleId, event) {
      const entityId = entityOf(event);
      if (entityId !== undefined) keep(counted, [keyOf(ruleId, entityId), true], COUNTED_MAX);
    },
    flush() {
      if (!isDirty) return;
      isDirty = false;
      try {
        const text = JSON.stringify({ findings: [...findings], counted: [...counted.keys()] });
        replaceFileSoon(folder, FILE, text);
      } catch (error) {
        log.warn('what was told could not be kept', { reason: messageOf(error) });
      }
    },
  };
}

function keyOf(ruleId: string, about: string): string {
  return `${ruleId}\n${about}`;
}

function entityOf({ fields }: DeviceEvent): string | undefined {
  const entityId = fields['process.entity_id'];
  return typeof entityId === 'string' ? entityId : undefined;
}

function read(folder: string): z.infer<typeof Stored> {
  try {
    const file = join(folder, FILE);
    if (statSync(file).size <= FILE_BYTES_MAX) {
      return Stored.parse(JSON.parse(readFileSync(file, 'utf8')));
    }
  } catch {
    // Nothing is remembered: what is found again is told as new.
  }
  return { findings: [], counted: [] };
}
