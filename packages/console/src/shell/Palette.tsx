import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { deviceRoutes, organizationRoutes, type Session } from '@wardgrid/wire';
import { visibleText } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { Dialog as Base } from '@base-ui/react/dialog';
import { useEffect, useId, useState, type KeyboardEvent } from 'react';
import { call } from '../api.ts';
import { may } from '../may.ts';
import { t } from '../messages/index.ts';
import { signOut } from '../session.ts';
import { themes } from '../preferences.ts';
import { prefer, useStore } from '../store.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { navigationOf } from './navigation.ts';

interface Command {
  readonly key: string;
  readonly text: string;
  readonly detail: string;
  readonly icon: IconName;
  readonly run: () => void;
}

/** A pause in typing after which devices are looked up. */
const PAUSE_MS = 120;
const FOUND_MAX = 6;
const SHOWN_MAX = 14;

/** Goes anywhere and does what is often done, by typing a few letters. */
export function Palette(properties: { readonly session: Session }) {
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const id = useId();
  const found = useFound(text);
  const commands = [...useCommands(properties.session, text), ...found].slice(0, SHOWN_MAX);
  const close = (): void => useStore.setState({ isPaletteOpen: false });
  const run = (command: Command | undefined): void => {
    if (!command) return;
    close();
    command.run();
  };
  const press = (event: KeyboardEvent): void => {
    const count = Math.max(1, commands.length);
    if (event.key === 'ArrowDown') setActive((active + 1) % count);
    else if (event.key === 'ArrowUp') setActive((active + count - 1) % count);
    else if (event.key === 'Enter') run(commands[active]);
    else return;
    event.preventDefault();
  };
  return (
    <Base.Root open onOpenChange={close}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup className="popup fixed top-[12vh] left-1/2 z-50 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 overflow-hidden">
          <Base.Title className="sr-only">{t('palette.title')}</Base.Title>
          <div className="flex items-center gap-2.5 border-b border-line px-4">
            <Icon name="search" className="size-4 text-muted" />
            <input
              autoFocus
              role="combobox"
              aria-label={t('palette.title')}
              aria-expanded={commands.length > 0}
              aria-controls={`${id}-list`}
              aria-activedescendant={commands.length > 0 ? `${id}-${active}` : undefined}
              className="h-12 grow bg-transparent text-base outline-none"
              placeholder={t('palette.placeholder')}
              value={text}
              maxLength={120}
              onChange={(event) => {
                setText(event.target.value);
                setActive(0);
              }}
              onKeyDown={press}
            />
          </div>
          {commands.length === 0 && <p className="px-4 py-6 text-muted">{t('palette.nothing')}</p>}
          <ul
            id={`${id}-list`}
            role="listbox"
            aria-label={t('palette.title')}
            className="max-h-96 overflow-y-auto p-1.5 empty:hidden"
          >
            {commands.map((command, index) => (
              <li
                key={command.key}
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === active}
                className="menu-item h-9"
                onMouseMove={() => setActive(index)}
                onClick={() => run(command)}
              >
                <Icon name={command.icon} className="size-4 text-muted" />
                <span className="grow truncate">{command.text}</span>
                <span className="text-xs text-muted">{command.detail}</span>
              </li>
            ))}
          </ul>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function useCommands(session: Session, text: string): readonly Command[] {
  const navigate = useNavigate();
  const pages = navigationOf(session).flatMap((group) =>
    group.items.map((item) => ({
      key: item.to,
      text: t(item.text),
      detail: t('palette.page'),
      icon: item.icon,
      run: () => void navigate({ to: item.to }),
    })),
  );
  const actions: Command[] = [
    ...(may('enrolment-keys:create')
      ? [
          {
            key: 'add-device',
            text: t('shell.addDevice'),
            detail: t('palette.action'),
            icon: 'plus' as const,
            run: () => void navigate({ to: '/add-device' }),
          },
        ]
      : []),
    {
      key: 'settings',
      text: t('nav.settings'),
      detail: t('palette.page'),
      icon: 'settings',
      run: () => void navigate({ to: '/settings' }),
    },
    ...themes.map((theme) => ({
      key: `theme-${theme}`,
      text: `${t('settings.theme')}: ${t(`theme.${theme}`)}`,
      detail: t('palette.action'),
      icon: 'contrast' as const,
      run: () => prefer({ theme }),
    })),
    {
      key: 'sign-out',
      text: t('shell.signOut'),
      detail: t('palette.action'),
      icon: 'exit',
      run: () => void signOut(),
    },
  ];
  const wanted = text.trim().toLowerCase();
  return [...pages, ...actions].filter((command) => command.text.toLowerCase().includes(wanted));
}

/** Devices and organizations of that name; the words go as one quoted term of the filter. */
function useFound(text: string): readonly Command[] {
  const navigate = useNavigate();
  const wanted = useSettled(text.trim());
  const filter = `"${wanted.replaceAll(/["\\]/g, '')}"`;
  const isEnabled = wanted.length >= 2;
  const query = { filter, limit: FOUND_MAX };
  const devices = useQuery({
    queryKey: ['devices', 'palette', filter],
    queryFn: ({ signal }) => call(deviceRoutes.list, { query, signal }),
    enabled: isEnabled && may('devices:read'),
  });
  const organizations = useQuery({
    queryKey: ['organizations', 'palette', filter],
    queryFn: ({ signal }) => call(organizationRoutes.list, { query, signal }),
    enabled: isEnabled && may('organizations:read'),
  });
  if (!isEnabled) return [];
  const foundDevices = (devices.data?.data ?? []).map((device) => ({
    key: device.id,
    text: visibleText(device.name),
    detail: device.organizationName,
    icon: 'devices' as const,
    run: () => void navigate({ to: `/devices/${device.id}` }),
  }));
  const foundOrganizations = (organizations.data?.data ?? []).map((organization) => ({
    key: organization.id,
    text: organization.name,
    detail: organization.tenantName,
    icon: 'organizations' as const,
    run: () => void navigate({ to: `/organizations/${organization.id}` }),
  }));
  return [...foundDevices, ...foundOrganizations];
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => systemClock.after(PAUSE_MS, () => setSettled(text)), [text]);
  return settled;
}
