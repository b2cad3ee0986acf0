import type { Session } from '@wardgrid/wire';
import { lazy, Suspense, useEffect, useState } from 'react';
import { systemClock } from '@wardgrid/base/system';
import { t } from '../messages/index.ts';
import { useMay } from '../may.ts';
import { useStore } from '../store.ts';
import { Icon } from '../ui/Icon.tsx';
import { RouterLink } from '../ui/RouterLink.tsx';

const loadMenu = () => import('./PersonMenu.tsx').then((m) => ({ default: m.PersonMenu }));
const PersonMenu = lazy(loadMenu);

/** The header loads its menu once the page has had its turn. */
const MENU_PAUSE_MS = 1_500;

/** Where one is in the grid, how to find things, and who is signed in. */
export function Header(properties: { readonly session: Session }) {
  const { session } = properties;
  const mayAdd = useMay('enrolment-keys:create');
  return (
    <header className="flex h-12 items-center gap-3 border-b border-line bg-surface px-4 max-md:gap-2">
      <button
        type="button"
        className="button button-quiet button-icon lg:hidden"
        aria-label={t('shell.navigation')}
        onClick={() =>
          useStore.setState(({ isNavigationOpen }) => ({ isNavigationOpen: !isNavigationOpen }))
        }
      >
        <Icon name="menu" />
      </button>
      <Breadcrumb session={session} />
      <span className="grow" />
      <button
        type="button"
        className="button min-w-56 justify-between gap-3 text-muted max-md:min-w-0"
        onClick={() => useStore.setState({ isPaletteOpen: true })}
      >
        <span className="flex items-center gap-2 font-normal">
          <Icon name="search" />
          <span className="max-md:sr-only">{t('shell.search')}</span>
        </span>
        <span className="kbd max-md:hidden">Ctrl K</span>
      </button>
      <Live />
      {mayAdd && (
        <RouterLink to="/add-device" className="button button-solid">
          <Icon name="plus" />
          <span className="max-md:sr-only">{t('shell.addDevice')}</span>
        </RouterLink>
      )}
      <Person session={session} />
    </header>
  );
}

function Breadcrumb(properties: { readonly session: Session }) {
  const { session } = properties;
  const names = [
    ...(session.tenantName === null ? [] : [session.tenantName]),
    ...(session.scopeName === session.tenantName ? [] : [session.scopeName]),
  ];
  return (
    <div className="flex min-w-0 items-center gap-2">
      <ol aria-label={t('shell.scope')} className="flex min-w-0 items-center gap-1.5">
        {names.map((name, index) => (
          <li key={name} className="flex min-w-0 items-center gap-1.5">
            {index > 0 && <Icon name="right" className="size-3 text-muted" />}
            <span className="truncate font-medium">{name}</span>
          </li>
        ))}
      </ol>
      <span className="chip max-sm:hidden" title={t('shell.layerHint')}>
        {t('shell.layer', { layer: session.layer })}
      </span>
    </div>
  );
}

const liveTexts = {
  connecting: 'shell.liveConnecting',
  live: 'shell.live',
  interrupted: 'shell.liveInterrupted',
} as const;

function Live() {
  const live = useStore((state) => state.live);
  const isLive = live === 'live';
  return (
    <span role="status" className={`chip ${isLive ? 'chip-ok' : 'chip-warn'} max-sm:hidden`}>
      <span
        className={`size-1.5 bg-current ${isLive ? 'rounded-full' : 'rotate-45'}`}
        aria-hidden="true"
      />
      {t(liveTexts[live])}
    </span>
  );
}

/** A plain button until its menu is loaded: at leisure, or at once when it is wanted. */
function Person(properties: { readonly session: Session }) {
  const [wanted, setWanted] = useState<'no' | 'loaded' | 'open'>('no');
  useEffect(
    () =>
      systemClock.after(MENU_PAUSE_MS, () => {
        void loadMenu().then(() => setWanted((now) => (now === 'no' ? 'loaded' : now)));
      }),
    [],
  );
  const button = (
    <button
      type="button"
      className="button button-quiet button-icon"
      aria-haspopup="menu"
      aria-label={t('shell.person', { name: properties.session.name })}
      onClick={() => setWanted('open')}
    >
      <Icon name="accounts" />
    </button>
  );
  if (wanted === 'no') return button;
  return (
    <Suspense fallback={button}>
      <PersonMenu session={properties.session} isOpenAtFirst={wanted === 'open'} />
    </Suspense>
  );
}
