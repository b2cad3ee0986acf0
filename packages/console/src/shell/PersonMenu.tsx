import { useNavigate } from '@tanstack/react-router';
import type { Session } from '@wardgrid/wire';
import { t } from '../messages/index.ts';
import { signOut } from '../session.ts';
import { themes, type Density, type Theme } from '../preferences.ts';
import { prefer, useStore } from '../store.ts';
import { Icon } from '../ui/Icon.tsx';
import { Menu, MenuChoices, MenuItem, MenuSeparator } from '../ui/Menu.tsx';

/** Who is signed in, how the console looks to them, and the way out. */
export function PersonMenu(properties: {
  readonly session: Session;
  readonly isOpenAtFirst: boolean;
}) {
  const { session, isOpenAtFirst } = properties;
  const theme = useStore((state) => state.theme);
  const density = useStore((state) => state.density);
  const navigate = useNavigate();
  return (
    <Menu
      label={t('shell.person', { name: session.name })}
      trigger={<Icon name="accounts" />}
      className="button button-quiet button-icon"
      isOpenAtFirst={isOpenAtFirst}
    >
      <div className="px-2 pt-1.5 pb-2">
        <p className="font-semibold">{session.name}</p>
        <p className="text-xs text-muted">{session.email}</p>
      </div>
      <MenuSeparator />
      <MenuItem onSelect={() => void navigate({ to: '/settings' })}>
        <Icon name="settings" />
        {t('nav.settings')}
      </MenuItem>
      <MenuItem onSelect={() => useStore.setState({ isHelpOpen: true })}>
        <Icon name="keyboard" />
        {t('help.title')}
      </MenuItem>
      <MenuSeparator />
      <MenuChoices
        label={t('settings.theme')}
        value={theme}
        onChange={(value) => prefer({ theme: value as Theme })}
        choices={themes.map((value) => ({ value, text: t(`theme.${value}`) }))}
      />
      <MenuChoices
        label={t('settings.density')}
        value={density}
        onChange={(value) => prefer({ density: value as Density })}
        choices={[
          { value: 'comfortable', text: t('density.comfortable') },
          { value: 'compact', text: t('density.compact') },
        ]}
      />
      <MenuSeparator />
      <MenuItem onSelect={() => void signOut()}>
        <Icon name="exit" />
        {t('shell.signOut')}
      </MenuItem>
    </Menu>
  );
}
