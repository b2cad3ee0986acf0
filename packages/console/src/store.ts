import type { Session } from '@wardgrid/wire';
import { create } from 'zustand';
import { applyAppearance, storedPreferences, storePreferences } from './preferences.ts';
import type { Preferences } from './preferences.ts';

export type LiveState = 'connecting' | 'live' | 'interrupted';

/** What is chosen in a list: named rows, or everything its filter matches but some. */
export interface ListSelection {
  readonly noun: string;
  readonly kind: 'ids' | 'matching';
  /** The chosen ids, or with `matching` the ones left out. */
  readonly ids: ReadonlySet<string>;
}

export interface Notice {
  readonly id: number;
  readonly tone: 'ok' | 'bad';
  readonly text: string;
}

/** The one global state of the interface. Server state lives in the query cache instead. */
export interface State extends Preferences {
  readonly session: Session | null;
  readonly live: LiveState;
  readonly isPaletteOpen: boolean;
  readonly isHelpOpen: boolean;
  readonly isNavigationOpen: boolean;
  readonly selection: ListSelection | null;
  readonly notices: readonly Notice[];
}

export const useStore = create<State>(() => ({
  ...storedPreferences(),
  session: null,
  live: 'connecting',
  isPaletteOpen: false,
  isHelpOpen: false,
  isNavigationOpen: false,
  selection: null,
  notices: [],
}));

/** Changes how the console looks or speaks, and remembers it in this browser. */
export function prefer(change: Partial<Preferences>): void {
  useStore.setState(change);
  const { theme, density, locale } = useStore.getState();
  storePreferences({ theme, density, locale });
  applyAppearance({ theme, density, locale });
}

/** Most notices on the screen; older ones give way. */
const NOTICES_MAX = 4;
let noticeId = 0;

/** Tells the person something that needs no answer. */
export function notify(tone: Notice['tone'], text: string): number {
  noticeId += 1;
  const notice = { id: noticeId, tone, text };
  useStore.setState(({ notices }) => ({ notices: [...notices, notice].slice(-NOTICES_MAX) }));
  return notice.id;
}

/** Takes a notice away. */
export function dismiss(id: number): void {
  useStore.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
}
