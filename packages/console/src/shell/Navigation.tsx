import { useRouterState } from '@tanstack/react-router';
import type { Session } from '@wardgrid/wire';
import { t } from '../messages/index.ts';
import { Icon } from '../ui/Icon.tsx';
import { RouterLink } from '../ui/RouterLink.tsx';
import { navigationOf } from './navigation.ts';

/** The way through the console: only what the signed-in person may see. */
export function Navigation(properties: { readonly session: Session }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <nav
      aria-label={t('shell.navigation')}
      className="flex grow flex-col gap-4 overflow-y-auto px-2.5 py-2"
    >
      {navigationOf(properties.session).map((group) => (
        <div key={group.text ?? ''}>
          {group.text !== null && (
            <p className="px-2.25 pb-1 text-2xs font-semibold text-muted">{t(group.text)}</p>
          )}
          <ul className="flex flex-col gap-px">
            {group.items.map((item) => (
              <li key={item.to}>
                <RouterLink to={item.to} className="nav-item" isCurrent={isWithin(path, item.to)}>
                  <Icon name={item.icon} />
                  {t(item.text)}
                </RouterLink>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function isWithin(path: string, to: string): boolean {
  return path === to || (to !== '/' && path.startsWith(`${to}/`));
}
