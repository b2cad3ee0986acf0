import { join } from 'node:path';
import type { Clock, Log, NewId } from '@wardgrid/base';
import type { Engine, RuleSighting } from '@wardgrid/detection';
import type {
  DeviceEvent,
  ProtectionPolicy,
  ProtectionSettings,
  RecordBody,
  RuleSwitch,
} from '@wardgrid/wire';
import { createEventStore } from '../event-store/index.ts';
import { giveBackMemory } from '../platform/linux/memory.ts';
import { createProcessKiller } from '../processes/index.ts';
import { createQuarantine, type FileException } from '../quarantine/index.ts';
import type { FileProtection, FileProtectionOptions } from '../sensors/files/index.ts';
import type { DeniedFile } from '../sensors/process/index.ts';
import type { Guardian } from '../sensors/guardian/index.ts';
import type { AgentStore } from '../store/index.ts';
import { createContentKeeper, type Content } from './content.ts';
import { openContentStore } from './content-store.ts';
import { createDeniedPrograms, type DeniedPrograms } from './denied-programs.ts';
import { createEventFlow } from './event-flow.ts';
import { createEventJournal } from './event-journal.ts';
import { createFileVerdicts } from './file-verdicts.ts';
import { createFindingBook } from './finding-book.ts';
import { createFindingLedger } from './finding-ledger.ts';
import type { KeptFindings } from './finding-memory.ts';
import type { Sensor } from './parts.ts';
import { createOrderedScans } from './ordered-scans.ts';
import { createResponder } from './responder.ts';
import { withOwnFolder } from './policy.ts';
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
  /** Only programs on these file systems are ended for what rules say; null for all. */
  readonly mountPoints: readonly string[] | null;
  /** Kills whoever starts one of these files, where that can be done; replaces the list before. */
  readonly denyPrograms: (files: readonly DeniedFile[]) => void;
  /** Null where files cannot be protected. */
  readonly createFiles:
    | ((
        given: Pick<FileProtectionOptions, 'policy' | 'content' | 'onEvents' | 'onVerdict'>,
      ) => FileProtection)
    | null;
  /** Null where nobody is held, and so nobody can be kept held. */
  readonly createGuardian: ((onStarted: (pid: number) => void) => Guardian) | null;
}

/** What changes while protection works. */
export interface State {
  settings: ProtectionSettings;
  /** The mode and the version of the settings that all sensors have taken. */
  running: { readonly mode: ProtectionPolicy['mode']; readonly version: number };
  content: Content;
  rules: Engine;
  files: FileProtection | null;
  /** Why files are not protected; null when they are, or when their sensor says so itself. */
  filesTrouble: string | null;
  guardian: Guardian | null;
  readonly memory: KeptFindings;
  onNews: () => void;
  onSighting: (sighting: RuleSighting) => void;
}

/** Everything that protection is put together from. */
export type Parts = ReturnType<typeof createParts>;

/** Puts the parts together; they know of each other what is given here and no more. */
export function createParts(options: ProtectionOptions, state: State) {
  const { clock, log, newId, dataPath } = options;
  const send = (body: RecordBody): boolean => {
    const isKept = options.store.append([{ at: clock.now(), body }]);
    state.onNews();
    return isKept;
  };
  const policy = (): ProtectionPolicy => state.settings.policy;
  const denied = createDeniedPrograms({ clock, log, deny: options.denyPrograms });
  const { killer, quarantine, events } = createKeeping(options, state, { send, denied });
  const book = createFindingBook((finding) => {
    state.memory.note(finding);
    send({ kind: 'finding', finding });
  });
  const ledger = createFindingLedger({ clock, newId, memory: state.memory, tell: book.tell });
  const sendEvents = (chosen: DeviceEvent[]): void => void send({ kind: 'events', events: chosen });
  const journal = createEventJournal({ clock, newId, keep: events.add, send: sendEvents });
  const responder = createResponder({ ...options, book, killer, quarantine, policy });
  state.onSighting = (sighting) => {
    state.memory.count(sighting.rule.id, sighting.event);
    void responder.answer(sighting, state.rules.processesOf(sighting.event)[0]);
  };
  const rules = (): Engine => state.rules;
  const flow = createEventFlow({ journal, rules, book });
  const contentDigest = (): string | null => state.content.digest;
  const switches = (): readonly RuleSwitch[] => state.settings.switches;
  const verdicts = createFileVerdicts({
    clock,
    ledger,
    journal,
    responder,
    denied,
    quarantine,
    policy,
    switches,
    contentDigest,
    processesOf: (event) => state.rules.processesOf(event),
    event: flow.lastFileEvent,
  });
  const onHit = createScanFindings({ verdicts, ledger, responder, switches, contentDigest });
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
  const keeper = createContentKeeper({
    store,
    clock,
    log,
    apply,
    onChange: () => state.onNews(),
  });
  return { killer, quarantine, events, denied, ledger, journal, flow, verdicts, keeper, scans };
}

/** What keeps things on the disk, within the bounds of the policy, and who ends processes. */
function createKeeping(
  { clock, log, newId, dataPath }: ProtectionOptions,
  state: State,
  given: {
    readonly send: (body: RecordBody) => boolean;
    readonly denied: Pick<DeniedPrograms, 'clear'>;
  },
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
    onChange: (file) => given.send({ kind: 'sealed-file', file }),
    onExcept: (exception) => {
      given.denied.clear();
      return exceptFile(state, newId, exception);
    },
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
export async function exceptFile(
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
  const policy = withOwnFolder(settings.policy, options.dataPath);
  const given = { policy, content: content.signatures };
  await state.files?.update(given);
  state.rules = rules;
  state.content = content;
  giveBackMemory();
}

/** An engine of rules whose sightings are answered. */
export function createRules(
  { clock, newId }: ProtectionOptions,
  state: Pick<State, 'settings' | 'memory' | 'onSighting'>,
  given: { readonly packs: readonly string[]; readonly snapshot: string | undefined },
): Engine {
  const onSighting = (sighting: RuleSighting): void => state.onSighting(sighting);
  const { settings, memory } = state;
  return createRuleEngine({ ...given, clock, newId, settings, memory, onSighting });
}
