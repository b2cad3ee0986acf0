import type { ReactNode } from 'react';
import { useEffect } from 'react';
import { PendingMark, Reference } from './PendingMark.tsx';
import { RouterLink } from './RouterLink.tsx';

/** The head of a page: where it lies, its name, what can be done here. Names the document too. */
export function PageHead(properties: {
  readonly title: string;
  readonly parent?: { readonly to: string; readonly text: string };
  /** What the page is about: marked while it was changed here and is not sent up yet. */
  readonly thing?: {
    readonly noun: string;
    readonly id: string;
    readonly ref?: string | undefined;
  };
  readonly detail?: ReactNode;
  readonly actions?: ReactNode;
}) {
  const { title, parent, thing, detail, actions } = properties;
  useEffect(() => {
    document.title = `${title} · Wardgrid`;
  }, [title]);
  return (
    <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
      <div className="min-w-0">
        {parent && (
          <p className="mb-0.5 text-xs">
            <RouterLink to={parent.to} className="text-muted hover:text-text hover:underline">
              ← {parent.text}
            </RouterLink>
          </p>
        )}
        <div className="flex items-center gap-2">
          <h1 className="truncate">{title}</h1>
          {thing && <Reference reference={thing.ref} />}
          {thing && <PendingMark noun={thing.noun} id={thing.id} />}
        </div>
        {detail !== undefined && (
          <div className="mt-1 flex flex-wrap items-center gap-2 text-muted">{detail}</div>
        )}
      </div>
      {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </div>
  );
}

/** The usual frame of a page that scrolls. */
export function PageBody(properties: {
  readonly children: ReactNode;
  readonly isNarrow?: boolean;
}) {
  const width = properties.isNarrow ? 'max-w-3xl' : 'max-w-7xl';
  return (
    <div className="h-full overflow-y-auto">
      <div className={`mx-auto flex flex-col gap-5 px-4 py-5 md:px-6 ${width}`}>
        {properties.children}
      </div>
    </div>
  );
}

/** A part of a page with a heading. */
export function Section(properties: {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly isFlush?: boolean;
}) {
  const { title, actions, children, isFlush } = properties;
  return (
    <section className="card">
      <div className="flex min-h-11 items-center justify-between gap-4 border-b border-line px-4 py-1.5">
        <h2>{title}</h2>
        {actions}
      </div>
      <div className={isFlush ? 'overflow-x-auto' : 'p-4'}>{children}</div>
    </section>
  );
}

/** A list within a page, with a heading. The list brings its own frame. */
export function ListSection(properties: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="flex flex-col gap-2.5">
      <h2>{properties.title}</h2>
      {properties.children}
    </section>
  );
}

/** Names and values of a thing. */
export function Facts(properties: {
  readonly facts: readonly (readonly [label: string, value: ReactNode])[];
}) {
  return (
    <dl className="grid grid-cols-[minmax(7rem,auto)_1fr] gap-x-6 gap-y-1.5">
      {properties.facts.map(([label, value]) => (
        <div key={label} className="contents">
          <dt className="text-muted">{label}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Pages of one thing, side by side; which one is shown stands in the address. */
export function Tabs(properties: {
  readonly label: string;
  readonly to: string;
  readonly current: string;
  readonly tabs: readonly {
    readonly key: string;
    readonly text: string;
    readonly count?: number;
  }[];
}) {
  return (
    <nav aria-label={properties.label} className="flex gap-5 overflow-x-auto border-b border-line">
      {properties.tabs.map((tab, index) => (
        <RouterLink
          key={tab.key}
          to={properties.to}
          search={index === 0 ? {} : { tab: tab.key }}
          className="tab"
          isCurrent={tab.key === properties.current}
        >
          {tab.text}
          {tab.count !== undefined && tab.count > 0 && <span className="chip">{tab.count}</span>}
        </RouterLink>
      ))}
    </nav>
  );
}

/** Grey bars where content is about to be. */
export function Skeleton(properties: { readonly rows?: number }) {
  return (
    <div className="flex flex-col gap-3 py-2" aria-busy="true">
      {Array.from({ length: properties.rows ?? 4 }, (_, index) => (
        <div key={index} className="skeleton h-4" style={{ width: `${90 - index * 11}%` }} />
      ))}
    </div>
  );
}
