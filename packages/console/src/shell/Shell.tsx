import { Outlet, useRouterState } from '@tanstack/react-router';
import type { Session } from '@wardgrid/wire';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { t } from '../messages/index.ts';
import { useStore } from '../store.ts';
import { Icon } from '../ui/Icon.tsx';
import { Header } from './Header.tsx';
import { LicenceBanner } from './LicenceBanner.tsx';
import { LocalBanner } from './LocalBanner.tsx';
import { Navigation } from './Navigation.tsx';
import { Notices } from './Notices.tsx';

const Palette = lazy(() => import('./Palette.tsx').then((m) => ({ default: m.Palette })));
const Help = lazy(() => import('./Help.tsx').then((m) => ({ default: m.Help })));

/** The frame of every page for who is signed in: navigation, header, page, notices. */
export function Shell() {
  const session = useStore((state) => state.session);
  const isPaletteOpen = useStore((state) => state.isPaletteOpen);
  const isHelpOpen = useStore((state) => state.isHelpOpen);
  useShellKeys();
  const main = useFocusOnNavigation();
  if (!session) return null;
  return (
    <div className="grid h-dvh grid-cols-[minmax(0,1fr)] grid-rows-[auto_minmax(0,1fr)] lg:grid-cols-[auto_minmax(0,1fr)]">
      <a
        href="#main"
        className="button button-solid fixed top-2 left-2 z-50 -translate-y-16 focus:translate-y-0"
      >
        {t('shell.skip')}
      </a>
      <Side session={session} />
      <div>
        <Header session={session} />
        <LocalBanner />
        <LicenceBanner />
      </div>
      <main id="main" ref={main} tabIndex={-1} className="min-h-0 min-w-0 outline-none">
        <Suspense fallback={null}>
          <Outlet />
        </Suspense>
      </main>
      <Notices />
      <Suspense fallback={null}>
        {isPaletteOpen && <Palette session={session} />}
        {isHelpOpen && <Help />}
      </Suspense>
    </div>
  );
}

const shellNames = {
  'master-grid': 'shell.masterGrid',
  partner: 'shell.partner',
  client: 'shell.client',
} as const;

function Side(properties: { readonly session: Session }) {
  const { session } = properties;
  const isOpen = useStore((state) => state.isNavigationOpen);
  return (
    <>
      {isOpen && (
        <div
          className="backdrop z-20 lg:hidden"
          onClick={() => useStore.setState({ isNavigationOpen: false })}
        />
      )}
      <aside
        className={`row-span-2 w-54 flex-col border-r border-line bg-surface max-lg:fixed max-lg:inset-y-0 max-lg:left-0 max-lg:z-30 max-lg:shadow-(--shadow-pop) lg:flex ${isOpen ? 'flex' : 'max-lg:hidden'}`}
      >
        <div className="flex h-12 items-center gap-2.5 px-4">
          <Mark />
          <div className="min-w-0 leading-tight">
            <p className="font-semibold tracking-tight">Wardgrid</p>
            <p className="truncate text-2xs text-muted">{t(shellNames[session.shell])}</p>
          </div>
        </div>
        <Navigation session={session} />
      </aside>
    </>
  );
}

function Mark() {
  return (
    <span className="flex size-7 items-center justify-center rounded-lg bg-(--solid) text-(--on-solid)">
      <Icon name="shield" className="size-4.5" />
    </span>
  );
}

/** Ctrl-K opens the palette from anywhere; `?` the sheet of keys, but not while typing. */
function useShellKeys(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key === 'k' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        useStore.setState({ isPaletteOpen: true });
      }
      const isTyping = event.target instanceof Element && event.target.closest('input,textarea');
      if (event.key === '?' && !isTyping) useStore.setState({ isHelpOpen: true });
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}

/** A new page takes the focus, so that keyboard and screen reader begin at its head. */
function useFocusOnNavigation(): React.RefObject<HTMLElement | null> {
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const before = useRef(path);
  useEffect(() => {
    useStore.setState({ isNavigationOpen: false });
    if (before.current !== undefined && before.current !== path) {
      const grid = main.current?.querySelector<HTMLElement>('[data-grid]');
      (grid ?? main.current)?.focus({ preventScroll: true });
    }
    before.current = path;
  }, [path]);
  return main;
}
