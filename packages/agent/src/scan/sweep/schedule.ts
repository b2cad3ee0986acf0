import type { SweepPlan } from './plan.ts';

/** How a connection came out; `refused` and `open` are the host's own word, `silent` nobody's. */
export type Outcome = 'open' | 'refused' | 'silent' | 'unreachable';

/** Before the first answer: a host across a slow line has answered by then (nmap -T4 begins so too). */
const TIMEOUT_FIRST_MS = 500;

/** Shorter and a busy host's answers would be missed. */
const TIMEOUT_MIN_MS = 100;

/** Longer and one bad host would hold a scan; the kernel's own second SYN goes out at 1 s. */
const TIMEOUT_MAX_MS = 2000;

/** In flight to a host at first: what the backlog of a small device takes without loss. */
const WINDOW_FIRST = 128;

/** In flight to a host however much it loses. */
const WINDOW_MIN = 16;

/** A task: which host, which port. */
export interface Task {
  readonly hostIndex: number;
  readonly port: number;
}

/** Which connection comes next: even over hosts, each host at the pace it answers. */
export interface Schedule {
  /** The next host that may be tried now, or -1. Follow with `takePort`. */
  readonly nextHost: () => number;
  /** The next port of that host; counts it as in flight. */
  readonly takePort: (hostIndex: number) => number;
  /** Tells how a task came out and how long it took; `attempt` counts from 1. */
  readonly settle: (hostIndex: number, outcome: Outcome, timing: Timing) => void;
  /** In mode `life`: nothing more of this host is wanted. Returns how many ports that leaves out. */
  readonly leave: (hostIndex: number) => number;
  readonly timeoutMs: (hostIndex: number) => number;
  /** Whether every port has been taken. */
  readonly isExhausted: () => boolean;
}

/** When a task was settled. */
export interface Timing {
  readonly rttMs: number;
  readonly attempt: number;
}

/** What a schedule needs of a plan. */
type Work = Pick<SweepPlan, 'hosts' | 'ports' | 'connectionsMax'>;

/** A schedule over the plan's hosts. State is a few numbers a host, so a /16 costs two megabytes. */
export function createSchedule(work: Work): Schedule {
  return new HostSchedule(work);
}

class HostSchedule implements Schedule {
  readonly #ports: Uint16Array;
  readonly #windowMax: number;
  /** Position of the next port, a host. */
  readonly #cursor: Uint32Array;
  readonly #inFlight: Uint16Array;
  readonly #window: Float32Array;
  /** Smoothed round trip, or -1 before the first answer. */
  readonly #smoothMs: Float64Array;
  readonly #varianceMs: Float64Array;
  /** Hosts with ports left; taking them in turn hammers none. */
  readonly #ring: Uint32Array;
  #ringSize: number;
  #turn = 0;

  constructor({ hosts, ports, connectionsMax }: Work) {
    this.#ports = ports;
    this.#windowMax = connectionsMax;
    this.#cursor = new Uint32Array(hosts.length);
    this.#inFlight = new Uint16Array(hosts.length);
    this.#window = new Float32Array(hosts.length).fill(Math.min(WINDOW_FIRST, connectionsMax));
    this.#smoothMs = new Float64Array(hosts.length).fill(-1);
    this.#varianceMs = new Float64Array(hosts.length);
    this.#ring = Uint32Array.from(hosts, (_, index) => index);
    this.#ringSize = hosts.length;
  }

  nextHost(): number {
    for (let left = this.#ringSize; left > 0; left -= 1) {
      if (this.#turn >= this.#ringSize) this.#turn = 0;
      const hostIndex = this.#ring[this.#turn] ?? 0;
      if (this.#isFinished(hostIndex)) {
        this.#drop(this.#turn);
        continue;
      }
      this.#turn += 1;
      if ((this.#inFlight[hostIndex] ?? 0) < (this.#window[hostIndex] ?? 0)) return hostIndex;
    }
    return -1;
  }

  takePort(hostIndex: number): number {
    const position = this.#cursor[hostIndex] ?? 0;
    this.#cursor[hostIndex] = position + 1;
    this.#inFlight[hostIndex] = (this.#inFlight[hostIndex] ?? 0) + 1;
    return this.#ports[position] ?? 0;
  }

  settle(hostIndex: number, outcome: Outcome, { rttMs, attempt }: Timing): void {
    this.#inFlight[hostIndex] = Math.max(0, (this.#inFlight[hostIndex] ?? 0) - 1);
    const window = this.#window[hostIndex] ?? WINDOW_MIN;
    const isAnswer = outcome === 'open' || outcome === 'refused';
    if (isAnswer && attempt > 1) {
      /* An answer to the second try shows that the first was lost, not filtered: slow down. */
      this.#window[hostIndex] = Math.max(Math.min(WINDOW_MIN, this.#windowMax), window / 2);
      return;
    }
    /* Two silences are a filter, not loss: waiting for them must not cost an hour a host. */
    this.#window[hostIndex] = Math.min(this.#windowMax, window + 1);
    if (isAnswer) this.#learn(hostIndex, rttMs);
  }

  leave(hostIndex: number): number {
    const left = this.#ports.length - (this.#cursor[hostIndex] ?? 0);
    this.#cursor[hostIndex] = this.#ports.length;
    return left;
  }

  timeoutMs(hostIndex: number): number {
    const smooth = this.#smoothMs[hostIndex] ?? -1;
    if (smooth < 0) return TIMEOUT_FIRST_MS;
    const wanted = smooth + 4 * (this.#varianceMs[hostIndex] ?? 0);
    return Math.min(TIMEOUT_MAX_MS, Math.max(TIMEOUT_MIN_MS, wanted));
  }

  isExhausted(): boolean {
    while (this.#ringSize > 0 && this.#isFinished(this.#ring[0] ?? 0)) this.#drop(0);
    return this.#ringSize === 0;
  }

  #isFinished(hostIndex: number): boolean {
    return (this.#cursor[hostIndex] ?? 0) >= this.#ports.length;
  }

  #drop(position: number): void {
    this.#ringSize -= 1;
    this.#ring[position] = this.#ring[this.#ringSize] ?? 0;
  }

  /** Jacobson's estimator (RFC 6298, section 2). */
  #learn(hostIndex: number, rttMs: number): void {
    const smooth = this.#smoothMs[hostIndex] ?? -1;
    const error = smooth < 0 ? rttMs / 2 : Math.abs(smooth - rttMs);
    const variance = smooth < 0 ? error : (this.#varianceMs[hostIndex] ?? 0) * 0.75 + error * 0.25;
    this.#varianceMs[hostIndex] = variance;
    this.#smoothMs[hostIndex] = smooth < 0 ? rttMs : smooth * 0.875 + rttMs * 0.125;
  }
}
