import { createSocket, type Socket } from 'node:dgram';
import type { Clock } from '@wardgrid/base';
import { napUnlessStopped } from '../control.ts';
import { createPace, type Pace } from '../pace.ts';
import {
  forgetNeighbours,
  readNeighbourLimit,
  readNeighbours,
  type Neighbour,
} from './neighbours.ts';

/** RFC 863: a host that listens here throws the datagram away. */
const DISCARD_PORT = 9;

/** One byte: some kernels and firewalls treat an empty datagram as broken. */
const NUDGE = Buffer.from([0]);

/** How often the table is read while answers come in. */
const LOOK_MS = 50;

/** The kernel asks again after 1 s; who answers neither first nor second request by then is away. */
const ANSWER_MS = 1300;

/** The kernel gives up after three requests a second apart; until then a row stands in its table. */
const ROW_LIFE_MS = 3200;

/** We fill at most half of what is free in the table: the machine needs its neighbours too. */
const TABLE_SHARE = 0.5;

/** Even a full table takes this many at once. */
const WINDOW_MIN = 32;

/** A row that never appeared (table full, or routed elsewhere) is asked for this often. */
const ASKS_MAX = 3;

/** No switch or access point stumbles over this many broadcasts a second. */
const ASKS_PER_SECOND_MAX = 5000;

/** Who answered ARP. */
export interface ArpFinding {
  readonly ip: string;
  readonly mac: string;
  /** Whether the row stood in the table before we asked, and so may be old. */
  readonly isKnownBefore: boolean;
}

/** What an ARP sweep found. */
export interface ArpResult {
  readonly found: ReadonlyMap<string, ArpFinding>;
  /** Addresses for which the kernel never asked: not on a link of ours after all. */
  readonly unasked: readonly string[];
}

/** What an ARP sweep takes. */
export interface ArpRequest {
  /** The network that the addresses are of. */
  readonly cidr: string;
  readonly addresses: readonly string[];
  readonly packetsPerSecond: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly onLook: (askedCount: number, foundCount: number) => void;
}

/** Makes the kernel ask for every address, a window of its table at a time, and harvests the answers. */
export async function sweepArp(request: ArpRequest): Promise<ArpResult> {
  if (request.addresses.length === 0) return { found: new Map(), unasked: [] };
  await forgetNeighbours(request.cidr, request.signal);
  const before = await readNeighbours();
  const limit = await readNeighbourLimit();
  const window = Math.max(WINDOW_MIN, Math.floor((limit - before.size) * TABLE_SHARE));
  const socket = await openSocket();
  try {
    return await runSweep(request, { before, window, socket });
  } finally {
    socket.close();
  }
}

interface Means {
  readonly before: ReadonlyMap<string, Neighbour>;
  readonly window: number;
  readonly socket: Socket;
}

interface Asked {
  readonly ip: string;
  readonly atMs: number;
}

interface State {
  /** Addresses still to ask, the next one last. */
  readonly waiting: string[];
  /** Asked so lately that a row of theirs may still stand; oldest first. */
  recent: Asked[];
  readonly asks: Map<string, number>;
  readonly found: Map<string, ArpFinding>;
  readonly unasked: Set<string>;
}

async function runSweep(request: ArpRequest, means: Means): Promise<ArpResult> {
  const { clock, signal } = request;
  const perSecond = Math.min(ASKS_PER_SECOND_MAX, request.packetsPerSecond);
  const pace = createPace(perSecond, clock.monotonic());
  const isStatic = (ip: string): boolean => means.before.get(ip)?.isStatic === true;
  const state: State = {
    waiting: request.addresses.filter((ip) => !isStatic(ip)).toReversed(),
    recent: [],
    asks: new Map(),
    found: new Map(),
    unasked: new Set(request.addresses.filter(isStatic)),
  };
  let lastAskMs = clock.monotonic();
  while (state.waiting.length > 0 || clock.monotonic() - lastAskMs < ANSWER_MS) {
    if (ask(state, means, { pace, nowMs: clock.monotonic() }) > 0) lastAskMs = clock.monotonic();
    const isOn = await napUnlessStopped(clock, state.waiting.length > 0 ? 10 : LOOK_MS, signal);
    await harvest(state, means, clock.monotonic());
    request.onLook(state.asks.size, state.found.size);
    if (!isOn) break;
    if (state.waiting.length === 0 && state.found.size === state.asks.size) break;
  }
  return { found: state.found, unasked: [...state.unasked] };
}

/** Asks for as many as window and pace allow; returns how many. */
function ask(
  state: State,
  means: Means,
  time: { readonly pace: Pace; readonly nowMs: number },
): number {
  const { nowMs } = time;
  state.recent = state.recent.filter(({ atMs }) => nowMs - atMs < ROW_LIFE_MS);
  const room = Math.min(means.window - state.recent.length, state.waiting.length);
  const count = room > 0 ? time.pace.take(room, nowMs) : 0;
  for (let asked = 0; asked < count; asked += 1) {
    const ip = state.waiting.pop();
    if (ip === undefined) return asked;
    state.asks.set(ip, (state.asks.get(ip) ?? 0) + 1);
    state.recent.push({ ip, atMs: nowMs });
    /* A refused send shows as a row that never appears, and is asked again. */
    means.socket.send(NUDGE, DISCARD_PORT, ip, () => undefined);
  }
  return count;
}

async function harvest(state: State, means: Means, nowMs: number): Promise<void> {
  const table = await readNeighbours();
  const settled = new Set<string>();
  for (const { ip, atMs } of state.recent) {
    const row = table.get(ip);
    if (row?.mac) {
      const isKnownBefore = Boolean(means.before.get(ip)?.mac);
      state.found.set(ip, { ip, mac: row.mac, isKnownBefore });
      settled.add(ip);
    } else if (!row && nowMs - atMs >= LOOK_MS) {
      settled.add(ip);
      if ((state.asks.get(ip) ?? 0) < ASKS_MAX) state.waiting.push(ip);
      else state.unasked.add(ip);
    }
  }
  if (settled.size > 0) state.recent = state.recent.filter(({ ip }) => !settled.has(ip));
}

function openSocket(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, () => {
      socket.removeListener('error', reject);
      /* Later errors concern single datagrams; the table tells what became of them. */
      socket.on('error', () => undefined);
      socket.unref();
      resolve(socket);
    });
  });
}
