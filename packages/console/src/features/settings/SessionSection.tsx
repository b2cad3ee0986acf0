import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { sessionRoutes } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { Chip } from '../../ui/Chips.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { Section } from '../../ui/Page.tsx';
import { Time } from '../../ui/Time.tsx';

/** Where one is signed in, and how to end that. */
export function SessionSection() {
  const client = useQueryClient();
  const sessions = useQuery({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => call(sessionRoutes.list, { signal }),
  });
  const revoke = useMutation({
    mutationFn: (id: string) => call(sessionRoutes.revoke, { params: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  });
  return (
    <Loaded query={sessions}>
      {({ data }) => (
        <Section title={t('settings.sessions')} isFlush>
          <ul>
            {data.map((session) => (
              <li
                key={session.id}
                className="flex items-center gap-4 border-b border-line px-4 py-3 last:border-b-0"
              >
                <div className="min-w-0 grow">
                  <p className="truncate">
                    <Hostile text={session.userAgent} />
                  </p>
                  <p className="text-xs text-muted">
                    <Hostile text={session.address} isMono /> · {t('settings.lastUsed')}{' '}
                    <Time at={session.lastUsedAt} /> · {t('settings.since')}{' '}
                    <Time at={session.createdAt} />
                  </p>
                </div>
                {session.isCurrent ? (
                  <Chip tone="ok" text={t('settings.thisSession')} />
                ) : (
                  <button
                    type="button"
                    className="button button-small"
                    onClick={() => revoke.mutate(session.id)}
                  >
                    {t('settings.endSession')}
                  </button>
                )}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </Loaded>
  );
}
