import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '@wardgrid/base';
import type { ProtectionHealth, ProtectionSettings } from '@wardgrid/wire';
import type { EventStore } from '../event-store/index.ts';
import { replaceFile } from '../platform/linux/durable.ts';
import { giveBackMemory } from '../platform/linux/memory.ts';
import type { ProcessKiller } from '../processes/index.ts';
import type { Quarantine } from '../quarantine/index.ts';
import { NO_CONTENT } from './content.ts';
import type { FetchContent } from './content-store.ts';
import { openFindingMemory } from './finding-memory.ts';
import { healthOf, type HealthSource } from './health.ts';
import { lossFinding } from './loss-finding.ts';
import { INITIAL_PROTECTION, withOwnFolder } from './policy.ts';
import type { OrderedScans } from './ordered-scans.ts';
import {
  createParts,
  createRules,
  exceptFile,
  type Parts,
  type ProtectionOptions,
  type State,
} from './assembly.ts';

export type { ProtectionOptions } from './assembly.ts';

/** The protection of a device: works from its start to its end, with a controller or without. */
export interface Protection {
  readonly start: () => Promise<void>;
  /** Takes the settings that the store now has. */
  readonly refresh: () => void;
  /** Fetches content whenever it is due, while the controller can be reached. */
  readonly keepContent: (fetch: FetchContent, signal: AbortSignal) => Promise<void>;
  /** Called when a record waits, or protection is another than was told; one listener at a time. */
  readonly onNews: (listener: () => void) => void;
  readonly health: () => ProtectionHealth;
  readonly quarantine: Quarantine;
  readonly killer: ProcessKiller;
  readonly events: Pick<EventStore, 'find' | 'state'>;
  readonly scans: Pick<OrderedScans, 'run' | 'forget'>;
  readonly stop: () => Promise<void>;
}

/** How often what waits is told, and how often the slow things are looked at. */
const BEAT_MS = 2_000;
const SLOW_BEATS = 30;
const SNAPSHOT_FILE = 'rules.snapshot';
/** A larger memory of rules is not kept over a restart. */
const SNAPSHOT_BYTES_MAX = 16 * 1_024 * 1_024;

/** Makes the protection of a device, stopped. @throws QuarantineError `store-unusable`. */
export function createProtection(options: ProtectionOptions): Protection {
  const settings = options.store.link().settings.protection ?? INITIAL_PROTECTION;
  const memory = openFindingMemory(options.dataPath, options.log);
  const heard = { settings, memory, onSighting: (): void => undefined };
  const { version } = options.store.link().settings;
  const state: State = {
    ...heard,
    running: { mode: settings.policy.mode, version },
    rules: createRules(options, heard, { packs: [], snapshot: undefined }),
    content: NO_CONTENT,
    files: null,
    filesTrouble: null,
    guardian: null,
    onNews: () => undefined,
  };
  const parts = createParts(options, state);
  // Anew, so that its sightings reach whoever answers them.
  state.rules = createRules(options, state, { packs: [], snapshot: undefined });
  const changes = createChanges(options, state, parts);
  let stopBeat = (): void => undefined;
  const stopping = new AbortController();
  let scheduled: Promise<void> = Promise.resolve();
  return {
    async start() {
      await recover(options, parts);
      await changes.start();
      startGuardian(options, state, parts);
      stopBeat = startBeat(options, state, parts);
      // Limited to some disks, it looks nowhere else of its own accord.
      if (options.mountPoints === null) scheduled = parts.scans.keepSchedule(stopping.signal);
    },
    refresh: changes.refresh,
    keepContent: parts.keeper.keepUp,
    onNews: (listener) => void (state.onNews = listener),
    health: () => healthOf(healthSource(options, state, parts)),
    quarantine: parts.quarantine,
    killer: parts.killer,
    events: parts.events,
    scans: parts.scans,
    async stop() {
      stopBeat();
      stopping.abort();
      await scheduled;
      await changes.stop();
      state.guardian?.stop();
      parts.journal.flush();
      state.memory.flush();
      keepSnapshot(options, state);
      await parts.events.close();
    },
  };
}

/** What cannot be finished now is tried again at the next start: protection begins all the same. */
async function recover({ log }: ProtectionOptions, { quarantine }: Parts): Promise<void> {
  try {
    await quarantine.recover();
  } catch (error) {
    log.error('the quarantine could not be recovered', { reason: messageOf(error) });
  }
}

/** Start, stop and new settings, one after the other. */
function createChanges(options: ProtectionOptions, state: State, parts: Parts) {
  let last: Promise<void> = Promise.resolve();
  const { log } = options;
  let areSensorsOn = false;

  async function switchSensors(): Promise<void> {
    const isWanted = state.settings.policy.mode !== 'off';
    if (isWanted === areSensorsOn) return;
    areSensorsOn = isWanted;
    const { take } = parts.flow;
    await Promise.all(options.sensors.map((one) => (isWanted ? one.start(take) : one.stop())));
  }

  async function apply(settings: ProtectionSettings, version: number): Promise<void> {
    state.settings = settings;
    state.rules.configure(settings);
    parts.denied.clear();
    const policy = withOwnFolder(settings.policy, options.dataPath);
    await state.files?.update({ policy, content: state.content.signatures });
    await switchSensors();
    state.running = { mode: settings.policy.mode, version };
    parts.keeper.want(settings.content);
    state.onNews();
  }

  function change(work: () => Promise<void>): Promise<void> {
    last = last.then(work).catch((error: unknown) => {
      log.error('protection could not be changed', { reason: messageOf(error) });
    });
    return last;
  }

  return {
    start: () =>
      change(async () => {
        await loadLast(options, state, parts);
        await startFiles(options, state, parts);
        await switchSensors();
        parts.keeper.want(state.settings.content);
      }),
    refresh: () => {
      const { protection, version } = options.store.link().settings;
      if (protection === null || protection === state.settings) return;
      void change(() => apply(protection, version));
    },
    stop: () =>
      change(async () => {
        await state.files?.stop();
        parts.denied.clear();
        if (areSensorsOn) await Promise.all(options.sensors.map((sensor) => sensor.stop()));
      }),
  };
}

/** The last good content, and what its rules remembered; without it, what stands in the agent. */
async function loadLast(options: ProtectionOptions, state: State, { keeper }: Parts) {
  try {
    const content = keeper.last();
    const snapshot = readSnapshot(options);
    state.rules = createRules(options, state, { packs: content.packs, snapshot });
    state.content = content;
  } catch (error) {
    options.log.error('kept content cannot be used', { reason: messageOf(error) });
  }
}

async function startFiles(options: ProtectionOptions, state: State, parts: Parts): Promise<void> {
  try {
    state.files =
      options.createFiles?.({
        policy: withOwnFolder(state.settings.policy, options.dataPath),
        content: state.content.signatures,
        onEvents: parts.flow.take,
        onVerdict: (file) => void parts.verdicts.take(file),
      }) ?? null;
    for (const exception of parts.quarantine.exceptions()) {
      await exceptFile(state, options.newId, exception);
    }
    await state.files?.start();
  } catch (error) {
    state.filesTrouble = messageOf(error);
  }
}

/** Who ends an agent that stands still must never be held or ended itself. */
function startGuardian({ createGuardian, log }: ProtectionOptions, state: State, parts: Parts) {
  if (!createGuardian || !state.files) return;
  try {
    state.guardian = createGuardian((pid) => void state.files?.exempt(pid));
    const loss = state.guardian.start();
    if (loss) parts.ledger.note(lossFinding(loss));
  } catch (error) {
    log.error('no guardian watches the agent', { reason: messageOf(error) });
  }
}

function healthSource(options: ProtectionOptions, state: State, parts: Parts): HealthSource {
  const { running, content, rules, files, filesTrouble } = state;
  return {
    mode: running.mode,
    policyVersion: running.version,
    content,
    contentTrouble: parts.keeper.trouble(),
    rules,
    files,
    filesTrouble,
    sensors: options.sensors,
    verdicts: parts.verdicts,
    quarantined: parts.quarantine.count(),
  };
}

function startBeat({ clock, log }: ProtectionOptions, state: State, parts: Parts): () => void {
  let beats = 0;
  let cancel = clock.after(BEAT_MS, beat);
  function beat(): void {
    cancel = clock.after(BEAT_MS, beat);
    beats += 1;
    parts.ledger.tellDue();
    parts.journal.flush();
    parts.denied.tidy();
    state.memory.flush();
    if (beats % SLOW_BEATS !== 0) return;
    parts.flow.tick(clock.now());
    giveBackMemory();
    parts.quarantine.tidy().catch((error: unknown) => {
      log.warn('the quarantine could not be tidied', { reason: messageOf(error) });
    });
  }
  return () => cancel();
}

function readSnapshot({ dataPath }: ProtectionOptions): string | undefined {
  try {
    return readFileSync(join(dataPath, SNAPSHOT_FILE), 'utf8');
  } catch {
    return undefined;
  }
}

/** What rules remember of the last hours is worth keeping, but nothing fails without it. */
function keepSnapshot({ dataPath, log }: ProtectionOptions, { rules }: State): void {
  const text = rules.snapshot();
  if (text.length > SNAPSHOT_BYTES_MAX) return;
  try {
    replaceFile(dataPath, SNAPSHOT_FILE, text);
  } catch (error) {
    log.warn('what the rules remember could not be kept', { reason: messageOf(error) });
  }
}
