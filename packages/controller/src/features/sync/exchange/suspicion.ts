import type { Clock } from '@wardgrid/base';
import type { SyncCheckpoint } from '@wardgrid/wire';
import type { ExchangeDeps } from './deps.ts';
import { honestyOf, owedAfter, type Honesty, type Owed } from './honesty.ts';
import type { CarriedResponse } from './messages.ts';
import { UpstreamError } from './talk.ts';

/** The relay that is judged, and whose rows it hands on. */
export interface Suspect {
  readonly tenantId: string;
  readonly scope: string;
  readonly nodeId: string;
}

/** What is thought of the relay in use. */
export interface Suspicion {
  /** Compares an answer with what the cloud signed. @throws UpstreamError `lies`, `stale`. */
  readonly judge: (
    about: Suspect,
    given: {
      readonly carried: CarriedResponse;
      readonly word: SyncCheckpoint | null | undefined;
    },
  ) => Promise<void>;
  /** It said what the cloud did not. @throws UpstreamError `lies`. */
  readonly caught: (about: Suspect, detail: string) => Promise<never>;
  /** Where this controller stands after an answer. */
  readonly noteCursor: (
    at: { readonly epoch: number; readonly cursor: number },
    word: SyncCheckpoint | null | undefined,
  ) => void;
  /** Another is in use: it is given time before it counts as behind. */
  readonly begin: () => void;
}

export function createSuspicion(
  clock: Clock,
  deps: Pick<ExchangeDeps, 'raise' | 'timers'>,
  /** Whether the cloud answers: a site that is cut off from it has nobody better than its own relay. */
  isCloudThere: () => Promise<boolean>,
): Suspicion {
  let suspected: Honesty['kind'] = 'honest';
  let newestAt = clock.now();
  let owed: Owed | null = null;

  /** A person is told once. */
  async function tell(
    about: Suspect,
    { kind, detail }: Exclude<Honesty, { readonly kind: 'honest' }>,
  ): Promise<void> {
    const isNew = suspected !== kind;
    suspected = kind;
    if (!isNew) return;
    const alarm = kind === 'stale' ? 'relay-stale' : 'relay-lies';
    await deps.raise({ ...about, kind: alarm, detail });
  }

  async function caught(about: Suspect, detail: string): Promise<never> {
    await tell(about, { kind: 'lying', detail });
    throw new UpstreamError('lies', detail);
  }

  return {
    caught,
    async judge(about, { carried, word }) {
      const { syncIntervalMs } = deps.timers;
      const known = { checkpoint: word, nowMs: clock.now(), syncIntervalMs, newestAt, owed };
      const honesty = honestyOf(carried, known);
      newestAt = Math.max(newestAt, word?.at ?? 0);
      if (honesty.kind === 'honest') {
        suspected = 'honest';
        return;
      }
      if (honesty.kind === 'lying') await caught(about, honesty.detail);
      await tell(about, honesty);
      if (await isCloudThere()) throw new UpstreamError('stale', honesty.detail);
    },
    noteCursor({ epoch, cursor }, word) {
      owed = owedAfter(owed, { epoch, cursor, checkpoint: word ?? undefined, nowMs: clock.now() });
    },
    begin() {
      newestAt = clock.now();
      owed = null;
    },
  };
}
