import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

export type Search = Readonly<Record<string, string | undefined>>;

/** A link inside the console: fetches what the page needs when it is about to be followed. */
export function RouterLink(properties: {
  readonly to: string;
  readonly search?: Search | undefined;
  readonly className?: string;
  readonly children: ReactNode;
  readonly tabIndex?: number;
  readonly label?: string;
  readonly isCurrent?: boolean;
  readonly title?: string;
}) {
  const { to, search, className, children, tabIndex, label, isCurrent, title } = properties;
  return (
    <Link
      to={to}
      search={search ?? {}}
      className={className ?? 'link'}
      activeProps={noProps}
      tabIndex={tabIndex}
      aria-label={label}
      aria-current={isCurrent ? 'page' : undefined}
      title={title}
    >
      {children}
    </Link>
  );
}

const noProps = { 'aria-current': undefined } as const;
