/**
 * The memory sensor: executable memory that comes from no file, can be written, or whose file is gone;
 * and code that is loaded into the kernel. It tells facts once a process, kind and mapping, and which
 * runtime may have made the code; rules decide. It reads maps, never memory: the deep scan does that.
 */
import { visibleText, type Clock } from '@wardgrid/base';
import { EVENT_TEXT_MAX, type EventFields, type SensorHealth } from '@wardgrid/wire';
import type { OnEvents, SensedEvent, Sensor } from '../../protect/parts.ts';
import { createProcessFields, type FindProcess } from '../process-fields.ts';
import { createTally } from '../tally.ts';
import { moduleFile, readKernelCode, type KernelCode } from './kernel-code.ts';
import type { Region } from './regions.ts';
import { createMapSweep, type FreshRegions, type MapSweep } from './sweep.ts';

/** What the memory sensor needs. */
export interface MemorySensorOptions {
  readonly clock: Clock;
  readonly rootPath?: string;
  /** Finds processes that are known already. */
  readonly findProcess?: FindProcess;
  /** Between two looks at all processes. */
  readonly sweepMs?: number;
  /** Between two looks at what the kernel has loaded. */
  readonly kernelMs?: number;
}

/** The memory sensor, which looks at a process when somebody hints at it. */
export interface MemorySensor extends Sensor {
  /** A process is worth a look: it was just started, or did something odd. */
  readonly hint: (pid: number) => void;
}

/** A look at 300 processes takes some 100 ms of processor time, spread over a second. */
const SWEEP_MS = 300_000;
const KERNEL_MS = 60_000;
/** A program that unpacks itself has done so by then. */
const HINT_DELAY_MS = 1_000;
/** Hints that wait; what comes beyond is found by the sweep. */
const HINTS_MAX = 256;

/** A stopped memory sensor. */
export function createMemorySensor(options: MemorySensorOptions): MemorySensor {
  return new MapSensor(options);
}

class MapSensor implements MemorySensor {
  readonly name = 'memory';
  readonly #clock: Clock;
  readonly #rootPath: string;
  readonly #options: MemorySensorOptions;
  readonly #tally = createTally();
  readonly #hints = new Set<number>();
  #cancelHints: (() => void) | undefined;
  #hintsLeft = 0;
  #sweep: MapSweep | undefined;
  #tell: (fresh: FreshRegions) => void = () => undefined;
  #stopping = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(options: MemorySensorOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#rootPath = options.rootPath ?? '/';
  }

  async start(onEvents: OnEvents): Promise<void> {
    const describe = createProcessFields(this.#rootPath, this.#options.findProcess);
    const tell = (events: readonly SensedEvent[]): void => {
      this.#tally.told(events.length, null);
      if (events.length > 0) onEvents(events);
    };
    this.#tell = ({ pid, runtime, regions }) => {
      const process = describe(pid) ?? { 'process.pid': pid };
      const at = this.#clock.now();
      tell(regions.map((region) => regionEvent(region, { at, process, runtime })));
    };
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    this.#sweep = createMapSweep({
      rootPath: this.#rootPath,
      clock: this.#clock,
      nameOf: (pid) => String(describe(pid)?.['process.entity_id'] ?? '') || null,
    });
    const sweeps = this.#sweepUntil(this.#sweep, signal);
    this.#running = Promise.all([sweeps, this.#watchKernelUntil(signal, tell)]);
  }

  hint(pid: number): void {
    if (this.#sweep === undefined) return;
    if (this.#hints.size < HINTS_MAX) this.#hints.add(pid);
    else this.#hintsLeft += 1;
    this.#cancelHints ??= this.#clock.after(HINT_DELAY_MS, () => this.#followHints());
  }

  health(): SensorHealth {
    const isOn = this.#sweep !== undefined;
    const left = this.#hintsLeft;
    return {
      name: 'memory',
      state: isOn ? 'on' : 'off',
      source: isOn ? 'proc-maps' : 'none',
      reason: null,
      events: this.#tally.events(),
      dropped: 0,
      p50Us: null,
      p99Us: null,
      blindMs: 0,
      blindSpots: [
        'memory of programs that end before they are looked at',
        ...(left > 0 ? [`programs left to the next sweep: ${left}`] : []),
      ],
    };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelHints?.();
    this.#cancelHints = undefined;
    this.#hints.clear();
    this.#sweep = undefined;
    await this.#running;
  }

  #followHints(): void {
    this.#cancelHints = undefined;
    const pids = [...this.#hints];
    this.#hints.clear();
    for (const pid of pids) {
      const fresh = this.#sweep?.lookAt(pid) ?? null;
      if (fresh !== null) this.#tell(fresh);
    }
  }

  async #sweepUntil(sweep: MapSweep, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sweep.lookAtAll(this.#tell, signal).catch(() => undefined);
      await this.#clock.sleep(this.#options.sweepMs ?? SWEEP_MS, signal).catch(() => undefined);
    }
  }

  async #watchKernelUntil(
    signal: AbortSignal,
    tell: (events: readonly SensedEvent[]) => void,
  ): Promise<void> {
    let known = new Set(readKernelCode(this.#rootPath).map(({ key }) => key));
    while (!signal.aborted) {
      await this.#clock.sleep(this.#options.kernelMs ?? KERNEL_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      const code = readKernelCode(this.#rootPath);
      const at = this.#clock.now();
      const fresh = code.filter(({ key }) => !known.has(key));
      tell(fresh.map((one) => loadEvent(one, { at, rootPath: this.#rootPath })));
      known = new Set(code.map(({ key }) => key));
    }
  }
}

function regionEvent(
  region: Region,
  seen: { readonly at: number; readonly process: EventFields; readonly runtime: string | null },
): SensedEvent {
  return {
    class: 'memory',
    action: 'region',
    at: seen.at,
    sensor: 'memory',
    fields: {
      ...seen.process,
      'memory.address': region.address,
      'memory.size': region.sizeBytes,
      'memory.protection': region.protection,
      'memory.mapping': visibleText(region.mapping).slice(0, EVENT_TEXT_MAX),
      'event.reason': region.kind,
      ...(seen.runtime === null ? {} : { 'event.module': `runtime:${seen.runtime}` }),
    },
    missing: [],
  };
}

function loadEvent(
  code: KernelCode,
  seen: { readonly at: number; readonly rootPath: string },
): SensedEvent {
  const file = code.kind === 'module' ? moduleFile(seen.rootPath, code.name) : null;
  return {
    class: 'module',
    action: 'load',
    at: seen.at,
    sensor: 'memory',
    fields: {
      'module.name': visibleText(code.name),
      'event.module': code.kind,
      ...(file === null ? {} : { 'module.path': file }),
      ...(code.detail === null ? {} : { 'event.reason': code.detail }),
      ...(code.uid === null ? {} : { 'user.id': code.uid }),
    },
    missing: code.kind === 'module' && file === null ? ['module.path'] : [],
  };
}
