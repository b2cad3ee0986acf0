import { useQuery } from '@tanstack/react-query';
import { joinCandidateRoutes, type JoinCandidate } from '@wardgrid/wire';
import { useState } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { n, t } from '../../messages/index.ts';
import { Chip } from '../../ui/Chips.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Section } from '../../ui/Page.tsx';
import { Time } from '../../ui/Time.tsx';
import { AdmitDialog } from './AdmitDialog.tsx';
import { KeyText } from './ControllerWords.tsx';
import { DenyDialog } from './DenyDialog.tsx';

/** Rows shown; whoever has more is looking at a flood, and names the one by its key. */
const SHOWN_MAX = 50;
/** Requests of those that wait tell no console. */
const LOOK_AGAIN_MS = 10_000;

/** Controllers that want to join: nothing while there are none. */
export function Newcomers() {
  const newcomers = useQuery({
    queryKey: ['join-candidates', 'list', 'undecided'],
    queryFn: ({ signal }) =>
      call(joinCandidateRoutes.list, {
        query: { filter: '-state:joined -state:denied', sort: '-firstSeenAt', limit: SHOWN_MAX },
        signal,
      }),
    refetchInterval: LOOK_AGAIN_MS,
  });
  const rows = newcomers.data?.data ?? [];
  const [first] = rows;
  const total = newcomers.data?.total ?? 0;
  if (!first) return null;
  return (
    <div className="max-h-[45vh] shrink-0 overflow-y-auto">
      <Section title={`${t('newcomers.title')} (${n(total)})`} isFlush>
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 border-b border-line px-4 py-2 text-muted">
          <Icon name="shield" className="size-3.5 shrink-0" />
          {t('newcomers.compareHint')}
          <KeyText fingerprint={first.parentFingerprint} isStrong />
        </p>
        <ul>
          {rows.map((newcomer) => (
            <Newcomer key={newcomer.id} newcomer={newcomer} />
          ))}
        </ul>
        {total > rows.length && (
          <p className="px-4 py-2 text-muted">{t('newcomers.more', { count: rows.length })}</p>
        )}
      </Section>
    </div>
  );
}

function Newcomer(properties: { readonly newcomer: JoinCandidate }) {
  const { newcomer } = properties;
  const [asked, setAsked] = useState<'admit' | 'deny' | null>(null);
  const mayManage = useMay('controllers:manage');
  const close = (): void => setAsked(null);
  const isWaiting = newcomer.state === 'waiting';
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-2 border-b border-line px-4 py-2.5 last:border-b-0">
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-semibold">
            <Hostile text={newcomer.name} />
          </span>
          <Marks newcomer={newcomer} />
        </p>
        <p className="mt-0.5">
          <KeyText fingerprint={newcomer.fingerprint} isStrong />
        </p>
        <p className="mt-0.5 flex flex-wrap gap-x-3 text-xs text-muted">
          <span>
            {t(`controllerRole.${newcomer.role}`)} · <Hostile text={newcomer.address} isMono />
          </span>
          <span>
            {t('newcomers.firstSeen')} <Time at={newcomer.firstSeenAt} />
          </span>
          <span>
            {t('newcomers.lastSeen')} <Time at={newcomer.lastSeenAt} />
          </span>
          {newcomer.scope !== null && (
            <span>
              {t('controllers.serves')} <Hostile text={newcomer.placeName} />
            </span>
          )}
        </p>
      </div>
      {mayManage && isWaiting && (
        <div className="flex gap-2">
          <button type="button" className="button button-danger" onClick={() => setAsked('deny')}>
            {t('controllers.deny')}
          </button>
          <button type="button" className="button button-solid" onClick={() => setAsked('admit')}>
            {t('controllers.approve')}
          </button>
        </div>
      )}
      {asked === 'admit' && <AdmitDialog newcomer={newcomer} onClose={close} />}
      {asked === 'deny' && <DenyDialog newcomer={newcomer} onClose={close} />}
    </li>
  );
}

/** What there is to know of one before it is let in. */
function Marks(properties: { readonly newcomer: JoinCandidate }) {
  const { state, source, hasRival } = properties.newcomer;
  return (
    <>
      {state === 'approved' && <Chip tone="ok" text={t('newcomers.approved')} />}
      {source === 'heard' && <Chip tone="info" text={t('newcomers.heard')} />}
      {source === 'token' && <Chip tone="none" text={t('newcomers.token')} />}
      {hasRival && <Chip tone="bad" text={t('newcomers.rival')} />}
    </>
  );
}
