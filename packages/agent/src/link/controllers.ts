import type { Clock, Log, Random } from '@wardgrid/base';
import type { Signer } from '@wardgrid/trust';
import type { Call } from '@wardgrid/wire';
import type { AgentStore, Enrolment, KnownController } from '../store/index.ts';
import { createFailover, isStranger, sayTurn, type FailoverTimes } from './failover.ts';
import { createDeviceSession, type DeviceSession } from './session.ts';

/** Where a controller is called, and whom to believe there. */
export interface Place {
  /** `http(s)://…`, no slash at the end. */
  readonly url: string;
  /** The one CA to trust, as PEM; null for the system's. */
  readonly ca: string | null;
}

/** A line to a place. */
export interface Line {
  readonly call: Call;
  readonly close: () => void;
}

/** Opens a line; nothing is sent yet. */
export type OpenLine = (place: Place) => Line;

/** The controller that the device talks with. */
export interface Attachment extends Place {
  readonly controllerId: string;
  readonly call: Call;
  readonly session: DeviceSession;
}

/** What choosing between controllers needs. */
export interface ControllersOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: AgentStore;
  /** Where the controller is that enrolled the device. */
  readonly home: Place;
  readonly openLine: OpenLine;
  readonly serverTime: () => number | undefined;
  readonly failoverTimes: FailoverTimes;
}

/**
 * The controllers that may serve the device, nearest first, and the one that does. Which they are the
 * tenant signed (`AgentSettings`); whether one of them really takes the device, it says itself.
 */
export interface Controllers {
  readonly current: () => Attachment;
  /** The current one answered; nearer ones are tried when that is due. */
  readonly succeeded: (signal: AbortSignal) => Promise<void>;
  /** The current one failed; true when another one is current now. */
  readonly failed: (error: unknown) => boolean;
  /** Whether one of them may know the device: not all said since the last answer that they do not. */
  readonly isKnownElsewhere: () => boolean;
  /** A controller of the list said to its network that it is called there, too. */
  readonly learn: (controllerId: string, url: string) => void;
  /** Told after every turn; the returned function ends that. */
  readonly onTurn: (listener: () => void) => () => void;
  readonly close: () => void;
}

/** The controllers of an enrolled device. Begins where the device was before it was stopped. */
export function createControllers(
  enrolment: Enrolment,
  signer: Signer,
  options: ControllersOptions,
): Controllers {
  const { store, log } = options;
  const failover = createFailover({ ...options, times: options.failoverTimes });
  const listeners = new Set<() => void>();
  const open = createOpener(enrolment, signer, options);
  const heard = new Map<string, string>();
  /** Those that said that they do not know the device; of those on the list. */
  const strangers = new Set<string>();
  const known = (): readonly KnownController[] =>
    knownControllers(enrolment, options).map((one) => withAddress(one, heard));

  const first = known().find((one) => one.controllerId === store.link().controllerId) ?? known()[0];
  let used = open(first ?? homeOf(enrolment, options));
  store.attach(used.attachment.controllerId);

  /** False when the disk would not keep where the device turned to: it stays then. */
  function turn(next: Open, cause: unknown): boolean {
    const { controllerId, url } = next.attachment;
    if (!store.attach(controllerId)) {
      next.close();
      return false;
    }
    if (controllerId !== used.attachment.controllerId) sayTurn(log, { controllerId, url, cause });
    used.close();
    used = next;
    failover.turned();
    for (const listener of listeners) listener();
    return true;
  }

  return {
    current: () => used.attachment,
    async succeeded(signal) {
      failover.succeeded();
      strangers.clear();
      if (!failover.isProbeDue()) return;
      const { controllerId } = used.attachment;
      const nearer = await openNearer({ ...options, all: known(), controllerId, open }, signal);
      if (nearer) turn(nearer, null);
      else failover.probeFailed();
    },
    failed(error) {
      const all = known();
      if (isStranger(error)) strangers.add(used.attachment.controllerId);
      const at = all.findIndex((one) => one.controllerId === used.attachment.controllerId);
      const next = all[(at + 1) % all.length];
      const isOther = next && (at !== 0 || all.length > 1 || next.urls.length > 1);
      if (!failover.failed(error, at === 0) || !isOther) return false;
      return turn(open(next), error);
    },
    isKnownElsewhere: () => known().some(({ controllerId }) => !strangers.has(controllerId)),
    learn(controllerId, url) {
      if (heard.size < HEARD_MAX || heard.has(controllerId)) heard.set(controllerId, url);
    },
    onTurn(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => used.close(),
  };
}

/** Opens lines to controllers; to one that has several addresses, to the next one each time. */
function createOpener(
  { deviceId }: Enrolment,
  signer: Signer,
  options: ControllersOptions,
): (controller: KnownController) => Open {
  const opened = new Map<string, number>();
  return ({ controllerId, urls, authority: ca }) => {
    const count = opened.get(controllerId) ?? 0;
    opened.set(controllerId, count + 1);
    const place = { url: urls[count % urls.length] ?? options.home.url, ca };
    const { call, close } = options.openLine(place);
    const session = createDeviceSession({ ...options, call, signer, deviceId, controllerId });
    return { attachment: { ...place, controllerId, call, session }, close };
  };
}

/** Opens a session at each nearer controller in turn: who opens one takes the device. */
async function openNearer(
  given: Pick<ControllersOptions, 'clock'> & {
    readonly all: readonly KnownController[];
    readonly controllerId: string;
    readonly open: (controller: KnownController) => Open;
  },
  signal: AbortSignal,
): Promise<Open | undefined> {
  const at = given.all.findIndex((one) => one.controllerId === given.controllerId);
  for (const controller of at < 0 ? given.all : given.all.slice(0, at)) {
    const next = given.open(controller);
    const limit = AbortSignal.any([signal, abortAfter(given.clock, PROBE_MS)]);
    const isTaken = await next.attachment.session.token(limit).then(
      () => true,
      () => false,
    );
    if (isTaken && !signal.aborted) return next;
    next.close();
  }
  return undefined;
}

/** Controllers of the list alone are learned of, and a list is no longer than a chain. */
const HEARD_MAX = 32;

/** What was heard on the network comes after what was signed, and changes nothing else. */
function withAddress(
  controller: KnownController,
  heard: ReadonlyMap<string, string>,
): KnownController {
  const url = heard.get(controller.controllerId);
  if (url === undefined || controller.urls.includes(url)) return controller;
  return { ...controller, urls: [...controller.urls, url] };
}

interface Open {
  readonly attachment: Attachment;
  readonly close: () => void;
}

/** A controller that is there answers a session within this time; the talk waits meanwhile. */
const PROBE_MS = 5_000;

function abortAfter(clock: Clock, delayMs: number): AbortSignal {
  const limit = new AbortController();
  clock.after(delayMs, () => limit.abort(new Error('no answer')));
  return limit.signal;
}

/**
 * The controllers that the settings name, nearest first. The one that enrolled the device is called
 * where the device was told to, too; it comes last where they do not name it.
 */
function knownControllers(
  enrolment: Enrolment,
  { store, home }: Pick<ControllersOptions, 'store' | 'home'>,
): readonly KnownController[] {
  const { controllers } = store.link().settings;
  if (controllers.length === 0) return [homeOf(enrolment, { home })];
  return controllers.map((controller) => {
    if (controller.controllerId !== enrolment.controllerId) return controller;
    const urls = [...new Set([home.url, ...controller.urls])];
    return { ...controller, urls, authority: home.ca ?? controller.authority };
  });
}

function homeOf(
  { controllerId }: Enrolment,
  { home }: Pick<ControllersOptions, 'home'>,
): KnownController {
  return { controllerId, urls: [home.url], authority: home.ca, publicKey: null };
}
