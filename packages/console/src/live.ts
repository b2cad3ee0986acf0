import { backoffMs } from '@wardgrid/base';
import { systemClock, systemRandom } from '@wardgrid/base/system';
import { LIVE_STREAM_PATH, type Job, type LiveEvent, type Page } from '@wardgrid/wire';
import { queryClient } from './api.ts';
import { createCoalescer } from './coalescer.ts';
import { staleKeysOf } from './live-keys.ts';
import { useStore, type LiveState } from './store.ts';

type Word =
  | { readonly kind: 'event'; readonly event: LiveEvent }
  | { readonly kind: 'state'; readonly state: LiveState }
  | { readonly kind: 'missed' }
  /** A new tab asks the one that listens how it stands. */
  | { readonly kind: 'hello' };

const LOCK = 'wardgrid.live';
/** At most four redraws a second for each query. */
const REDRAW_MS = 250;
const KEYS_MAX = 2_000;
const RECONNECT = { baseMs: 1_000, maxMs: 30_000 };

const channel = new BroadcastChannel(LOCK);
/** To the other tabs of this browser; a channel has no target origin, it never leaves its own. */
const broadcast: (word: Word) => void = channel.postMessage.bind(channel);

let isListener = false;

const stale = createCoalescer({
  clock: systemClock,
  intervalMs: REDRAW_MS,
  keysMax: KEYS_MAX,
  flush: (keys) => {
    for (const key of keys) {
      void queryClient.invalidateQueries({ queryKey: key.split(' ') });
    }
  },
});

/** Keeps what is shown in step with the controller: one stream a browser, shared among its tabs. */
export function startLive(): void {
  channel.addEventListener('message', (message: MessageEvent<Word>) => hear(message.data));
  broadcast({ kind: 'hello' });
  void navigator.locks.request(LOCK, async () => {
    isListener = true;
    await stream();
  });
}

/** Runs in the one tab that holds the lock, until that tab closes. */
async function stream(): Promise<void> {
  let attempt = 0;
  for (;;) {
    const isOpened = await listen();
    attempt = isOpened ? 0 : attempt + 1;
    spread({ kind: 'state', state: 'interrupted' });
    await systemClock.sleep(backoffMs(RECONNECT, attempt, systemRandom));
  }
}

/** Listens until the stream is given up; true when it was open at least once. */
function listen(): Promise<boolean> {
  return new Promise((resolve) => {
    let openings = 0;
    const source = new EventSource(LIVE_STREAM_PATH);
    source.addEventListener('open', () => {
      openings += 1;
      spread({ kind: 'state', state: 'live' });
    });
    source.addEventListener('message', (message: MessageEvent<string>) => {
      const event = eventOf(message.data);
      if (event) spread({ kind: 'event', event });
    });
    for (const name of ['resync', 'reset', 'gap']) {
      source.addEventListener(name, () => spread({ kind: 'missed' }));
    }
    source.addEventListener('error', () => {
      spread({ kind: 'state', state: 'interrupted' });
      if (source.readyState !== EventSource.CLOSED) return;
      source.close();
      resolve(openings > 0);
    });
  });
}

function eventOf(text: string): LiveEvent | undefined {
  try {
    const event: unknown = JSON.parse(text);
    return typeof event === 'object' && event !== null && 'noun' in event
      ? (event as LiveEvent)
      : undefined;
  } catch {
    return undefined;
  }
}

function spread(word: Word): void {
  broadcast(word);
  hear(word);
}

function hear(word: Word): void {
  switch (word.kind) {
    case 'state':
      hearState(word.state);
      return;
    case 'missed':
      void queryClient.invalidateQueries();
      return;
    case 'hello':
      if (isListener) broadcast({ kind: 'state', state: useStore.getState().live });
      return;
    case 'event':
      hearEvent(word.event);
  }
}

/** What happened while the stream was away is unknown, so everything is asked for again. */
function hearState(state: LiveState): void {
  const before = useStore.getState().live;
  useStore.setState({ live: state });
  if (before === 'interrupted' && state === 'live') void queryClient.invalidateQueries();
}

function hearEvent(event: LiveEvent): void {
  if (event.noun === 'jobs' && event.verb === 'progress' && event.progress) {
    patchProgress(event.entityId, event.progress);
    return;
  }
  for (const key of staleKeysOf(event)) stale.add(key);
}

type Progress = NonNullable<LiveEvent['progress']>;

function patchProgress(id: string, progress: Progress): void {
  const patched = (job: Job): Job => ({
    ...job,
    progress,
    state: job.state === 'sent' || job.state === 'queued' ? 'running' : job.state,
  });
  queryClient.setQueryData<Job>(['jobs', 'one', id], (job) => job && patched(job));
  queryClient.setQueriesData<Page<Job>>({ queryKey: ['jobs', 'list'] }, (page) =>
    page?.data.some((job) => job.id === id)
      ? { ...page, data: page.data.map((job) => (job.id === id ? patched(job) : job)) }
      : page,
  );
}
