import { n } from '../../messages/index.ts';
import { Section } from '../../ui/Page.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';

interface Share {
  readonly key: string;
  readonly text: string;
  readonly count: number;
  readonly colour: string;
  readonly filter: string;
}

/** How a whole is shared out: a bar for the eye, and beside it the numbers, each a link. */
export function Shares(properties: {
  readonly title: string;
  readonly to: string;
  readonly shares: readonly Share[];
}) {
  const { title, to, shares } = properties;
  const total = shares.reduce((sum, share) => sum + share.count, 0);
  return (
    <Section title={title}>
      <div
        className="mb-3 flex h-2 gap-0.5 overflow-hidden rounded-full bg-subtle"
        aria-hidden="true"
      >
        {shares
          .filter((share) => share.count > 0)
          .map((share) => (
            <span
              key={share.key}
              style={{ flexGrow: share.count, background: share.colour, minWidth: 3 }}
            />
          ))}
      </div>
      <ul className="flex flex-col">
        {shares.map((share) => (
          <li key={share.key}>
            <RouterLink
              to={to}
              search={{ filter: share.filter }}
              className="-mx-2 flex items-center gap-2.5 rounded-md px-2 py-1 hover:bg-subtle"
            >
              <span
                className="size-2 shrink-0 rounded-sm"
                style={{ background: share.colour }}
                aria-hidden="true"
              />
              <span className="grow">{share.text}</span>
              <span className="font-semibold">{n(share.count)}</span>
              <span className="w-10 text-right text-xs text-muted">
                {percent(share.count, total)}
              </span>
            </RouterLink>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function percent(count: number, total: number): string {
  return total === 0 ? '–' : `${Math.round((count / total) * 100)} %`;
}
