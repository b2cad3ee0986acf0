import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, type Clock, type Log, type NewId } from '@wardgrid/base';
import type { Engine, RuleSighting } from '@wardgrid/detection';
import type {
  DeviceEvent,
  ProtectionHealth,
  ProtectionPolicy,
  ProtectionSettings,
  RecordBody,
} from '@wardgrid/wire';
import { createEventStore, type EventStore } from '../event-store/index.ts';
import { replaceFile } from '../platform/linux/durable.ts';
import { createProcessKiller, type ProcessKiller } from '../processes/index.ts';
import { createQuarantine, type FileException, type Quarantine } from '../quarantine/index.ts';
import type { FileProtection, FileProtectionOptions } from '../sensors/files/index.ts';
import type { Guardian } from '../sensors/guardian/index.ts';
import type { AgentStore } from '../store/index.ts';
import { createContentKeeper, NO_CONTENT, type Content } from './content.ts';
import { openContentStore, type FetchContent } from './content-store.ts';
import { createEventFlow } from './event-flow.ts';
import { createEventJournal } from './event-journal.ts';
import { createFileVerdicts } from './file-verdicts.ts';
import { createFindingBook } from './finding-book.ts';
import { createFindingLedger } from './finding-ledger.ts';
import { healthOf, type HealthSource } from './health.ts';
import { lossFinding } from './loss-finding.ts';
import type { Sensor } from './parts.ts';
import { INITIAL_PROTECTION } from './policy.ts';
import { createOrderedScans, type OrderedScans } from './ordered-scans.ts';
import { createResponder } from './responder.ts';
import { createScanFindings } from './scan-findings.ts';
import { createRuleEngine } from './rule-engine.ts';

/** What protection is made of; everything that senses comes from outside. */
export interface ProtectionOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: NewId;
  readonly store: Pick<AgentStore, 'append' | 'link'>;
  /** The agent's data folder; protection has folders of its own in it. */
  readonly dataPath: string;
  readonly sensors: readonly Sensor[];
  /** Null where files cannot be protected. */
  readonly createFiles:
    | ((
        given: Pick<FileProtectionOptions, 'policy' | 'content' | 'onEvents' | 'onVerdict'>,
      ) => FileProtection)
    | null;
  /** Null where nobody is held, and so nobody can be kept held. */
  readonly createGuardian: ((onStarted: (pid: number) => void) => Guardian) | null;
}

/** The protection of a device: works from its start to its end, with a controller or without. */
export interface Protection {
  readonly start: () => Promise<void>;
  /** Takes the settings that the store now has. */
  readonly refresh: () => void;
  /** Fetches content whenever it is due, while the controller can be reached. */
  readonly keepContent: (fetch: FetchContent, signal: AbortSignal) => Promise<void>;
  /** Called when a record waits; one listener at a time. */
  readonly onRecord: (listener: () => void) => void;
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

/** What changes while protection works. */
interface State {
  settings: ProtectionSettings;
  content: Content;
  rules: Engine;
  files: FileProtection | null;
  /** Why files are not protected; null when they are, or when their sensor says so itself. */
  filesTrouble: string | null;
  guardian: Guardian | null;
  onRecord: () => void;
  onSighting: (sighting: RuleSighting) => void;
}

type Parts = ReturnType<typeof createParts>;

/** Makes the protection of a device, stopped. @throws QuarantineError `store-unusable`. */
export function createProtection(options: ProtectionOptions): Protection {
  const settings = options.store.link().settings.protection ?? INITIAL_PROTECTION;
  const heard = { settings, onSighting: (): void => undefined };
  const state: State = {
    ...heard,
    rules: createRules(options, heard, { packs: [], snapshot: undefined }),
    content: NO_CONTENT,
    files: null,
    filesTrouble: null,
    guardian: null,
    onRecord: () => undefined,
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
      await parts.quarantine.recover();
      await changes.start();
      startGuardian(options, state, parts);
      stopBeat = startBeat(options, parts);
      scheduled = parts.scans.keepSchedule(stopping.signal);
    },
    refresh: changes.refresh,
    keepContent: parts.keeper.keepUp,
    onRecord: (listener) => void (state.onRecord = listener),
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
      keepSnapshot(options, state);
      await parts.events.close();
    },
  };
}

function createParts(options: ProtectionOptions, state: State) {
  const { clock, log, newId, dataPath } = options;
  const send = (body: RecordBody): boolean => {
    const isKept = options.store.append([{ at: clock.now(), body }]);
    state.onRecord();
    return isKept;
  };
  const policy = (): ProtectionPolicy => state.settings.policy;
  const { killer, quarantine, events } = createKeeping(options, state, send);
  const book = createFindingBook((finding) => void send({ kind: 'finding', finding }));
  const ledger = createFindingLedger({ clock, newId, tell: book.tell });
  const sendEvents = (chosen: DeviceEvent[]): void => void send({ kind: 'events', events: chosen });
  const journal = createEventJournal({ clock, newId, keep: events.add, send: sendEvents });
  const responder = createResponder({ clock, log, book, killer, quarantine, policy });
  state.onSighting = (sighting) =>
    void responder.answer(sighting, state.rules.processesOf(sighting.event)[0]);
  const rules = (): Engine => state.rules;
  const flow = createEventFlow({ journal, rules, book });
  const contentDigest = (): string | null => state.content.digest;
  const verdicts = createFileVerdicts({
    ledger,
    journal,
    responder,
    quarantine,
    policy,
    switches: () => state.settings.switches,
    contentDigest,
    processesOf: (event) => state.rules.processesOf(event),
    event: flow.lastFileEvent,
  });
  const onHit = createScanFindings({ verdicts, ledger, responder, contentDigest });
  const scans = createOrderedScans({
    clock,
    log,
    dataPath,
    policy,
    onHit,
    content: () => state.content,
  });
  const store = openContentStore(join(dataPath, 'content'));
  const apply = (content: Content): Promise<void> => useContent(options, state, content);
  const keeper = createContentKeeper({ store, clock, log, apply });
  return { killer, quarantine, events, ledger, journal, flow, verdicts, keeper, scans };
}

/** What keeps things on the disk, within the bounds of the policy, and who ends processes. */
function createKeeping(
  { clock, log, newId, dataPath }: ProtectionOptions,
  state: State,
  send: (body: RecordBody) => boolean,
) {
  const policy = (): ProtectionPolicy => state.settings.policy;
  const killer = createProcessKiller(clock, () => {
    const pid = state.guardian?.pid() ?? null;
    return pid === null ? [] : [pid];
  });
  const quarantine = createQuarantine({
    clock,
    log,
    newId,
    killer,
    path: join(dataPath, 'quarantine'),
    limits: () => ({ bytesMax: policy().quarantineBytesMax, daysMax: policy().quarantineDaysMax }),
    onChange: (file) => send({ kind: 'sealed-file', file }),
    onExcept: (exception) => exceptFile(state, newId, exception),
  });
  const events = createEventStore({
    clock,
    log,
    file: join(dataPath, 'events.sqlite'),
    limits: () => ({ bytesMax: policy().eventStoreBytesMax, daysMax: policy().eventStoreDaysMax }),
  });
  return { killer, quarantine, events };
}

/** The sensors must know before the file is back, or they would take it away at once. */
async function exceptFile(
  { files }: State,
  newId: NewId,
  { sha256, expiresAt }: FileException,
): Promise<void> {
  const reason = 'put back from the quarantine';
  await files?.except({ id: newId(), reason, sha256, expiresAt });
}

/** Puts content to work: the rules, then the scanners. @throws what either says of broken content. */
async function useContent(
  options: ProtectionOptions,
  state: State,
  content: Content,
): Promise<void> {
  const { settings } = state;
  const snapshot = state.rules.snapshot();
  const rules = createRules(options, state, { packs: content.packs, snapshot });
  const given = { policy: settings.policy, content: content.signatures };
  await state.files?.update(given);
  state.rules = rules;
  state.content = content;
}

/** An engine of rules whose sightings are answered. */
function createRules(
  { clock, newId }: ProtectionOptions,
  state: Pick<State, 'settings' | 'onSighting'>,
  given: { readonly packs: readonly string[]; readonly snapshot: string | undefined },
): Engine {
  const onSighting = (sighting: RuleSighting): void => state.onSighting(sighting);
  return createRuleEngine({ ...given, clock, newId, settings: state.settings, onSighting });
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

  async function apply(settings: ProtectionSettings): Promise<void> {
    state.settings = settings;
    state.rules.configure(settings);
    await state.files?.update({ policy: settings.policy, content: state.content.signatures });
    await switchSensors();
    parts.keeper.want(settings.content);
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
      const settings = options.store.link().settings.protection;
      if (settings !== null && settings !== state.settings) void change(() => apply(settings));
    },
    stop: () =>
      change(async () => {
        await state.files?.stop();
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
        policy: state.settings.policy,
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
  const { settings, content, rules, files, filesTrouble } = state;
  return {
    mode: settings.policy.mode,
    policyVersion: options.store.link().settings.version,
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

function startBeat({ clock, log }: ProtectionOptions, parts: Parts): () => void {
  let beats = 0;
  let cancel = clock.after(BEAT_MS, beat);
  function beat(): void {
    cancel = clock.after(BEAT_MS, beat);
    beats += 1;
    parts.ledger.tellDue();
    parts.journal.flush();
    if (beats % SLOW_BEATS !== 0) return;
    parts.flow.tick(clock.now());
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
