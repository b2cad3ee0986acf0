import { useRouter } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';

export type Search = Readonly<Record<string, string | undefined>>;

/**
 * A link inside the console: fetches what the page needs when it is about to be followed. Which link
 * is the current one its place decides; the router's own link would decide by path alone.
 */
export function RouterLink(properties: {
  readonly to: string;
  readonly search?: Search | undefined;
  readonly className?: string;
  readonly children: ReactNode;
  readonly tabIndex?: number;
  readonly isCurrent?: boolean;
}) {
  const { to, search = {}, className, children, tabIndex, isCurrent } = properties;
  const router = useRouter();
  const target = { to, search };
  const prepare = (): void => {
    router.preloadRoute(target).catch(() => undefined);
  };
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
      return;
    }
    event.preventDefault();
    void router.navigate(target);
  };
  return (
    <a
      href={router.buildLocation(target).href}
      className={className ?? 'link'}
      tabIndex={tabIndex}
      aria-current={isCurrent ? 'page' : undefined}
      onClick={follow}
      onMouseEnter={prepare}
      onFocus={prepare}
    >
      {children}
    </a>
  );
}
