import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { visibleText } from '@wardgrid/base';
import { syncRoutes, type Conflict } from '@wardgrid/wire';
import { useState } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { Chip, StateChip } from '../../ui/Chips.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { Facts, PageBody, PageHead, Section } from '../../ui/Page.tsx';
import { Person } from '../../ui/Person.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { usePathId } from '../../ui/use-address.ts';
import { fieldWords, isEqual, linesOf, nounWords, reasonWords } from './conflict-words.ts';

type Field = Conflict['fields'][number];

/** One change that did not come to stand beside what stands instead; to make it again or leave it. */
export function ConflictPage() {
  const id = usePathId();
  const conflict = useQuery({
    queryKey: ['conflicts', 'one', id],
    queryFn: ({ signal }) => call(syncRoutes.conflict, { params: { id }, signal }),
  });
  return <Loaded query={conflict}>{(data) => <Content key={data.id} conflict={data} />}</Loaded>;
}

function Content(properties: { readonly conflict: Conflict }) {
  const { conflict } = properties;
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  // Counters go along with every change and say nothing by themselves.
  const fields = conflict.fields.filter(({ lost, kept }) => !isEqual(lost, kept));
  const wanted = fields.filter(({ name }) => !left.has(name)).map(({ name }) => name);
  const toggle = (name: string): void => {
    setLeft((before) => {
      const next = new Set(before);
      if (!next.delete(name)) next.add(name);
      return next;
    });
  };
  return (
    <PageBody>
      <PageHead
        title={visibleText(conflict.entityName)}
        parent={{ to: '/sync/conflicts', text: t('sync.conflicts') }}
        detail={
          <>
            <StateChip state={conflict.state} />
            <Chip
              tone={conflict.kind === 'rejected' ? 'bad' : 'warn'}
              text={t(`conflictKind.${conflict.kind}`)}
            />
            <span>{nounWords(conflict.noun)}</span>
          </>
        }
      />
      <Section title={t('conflicts.sides')} isFlush>
        <Sides
          fields={fields}
          isChoosable={conflict.state === 'open' && fields.length > 1}
          left={left}
          onToggle={toggle}
        />
        <Decision conflict={conflict} wanted={wanted} />
      </Section>
      <Section title={t('conflicts.how')}>
        <Facts facts={factsOf(conflict)} />
      </Section>
    </PageBody>
  );
}

function factsOf(conflict: Conflict) {
  const facts = [
    [t('field.reason'), reasonWords(conflict.reason)],
    [t('conflicts.at'), <Time at={conflict.at} isExact />],
    [t('field.changedBy'), <Person name={conflict.changedBy} />],
    [
      t('conflicts.changedOn'),
      <RouterLink to={`/controllers/${conflict.controllerId}`}>
        <Hostile text={conflict.controllerName} />
      </RouterLink>,
    ],
    [t('conflicts.thing'), <Thing conflict={conflict} />],
  ] as const;
  if (conflict.resolvedAt === null) return facts;
  return [
    ...facts,
    [t('conflicts.decidedBy'), <Person name={conflict.resolvedBy} />] as const,
    [t('conflicts.decidedAt'), <Time at={conflict.resolvedAt} isExact />] as const,
  ];
}

/** Nouns whose things have a page of their own. */
const PAGES: ReadonlySet<string> = new Set([
  'organizations',
  'tenants',
  'devices',
  'policies',
  'findings',
  'incidents',
  'assets',
  'accounts',
  'jobs',
  'controllers',
]);

function Thing(properties: { readonly conflict: Conflict }) {
  const { noun, entityId, entityName, isLive } = properties.conflict;
  if (!isLive) return t('conflicts.gone');
  if (!PAGES.has(noun)) return <Hostile text={entityName} />;
  return (
    <RouterLink to={`/${noun}/${entityId}`}>
      <Hostile text={entityName} />
    </RouterLink>
  );
}

function Sides(properties: {
  readonly fields: readonly Field[];
  readonly isChoosable: boolean;
  readonly left: ReadonlySet<string>;
  readonly onToggle: (name: string) => void;
}) {
  const { fields, isChoosable, left, onToggle } = properties;
  return (
    <table className="data-table">
      <thead>
        <tr>
          {isChoosable && (
            <th scope="col">
              <span className="sr-only">{t('conflicts.again')}</span>
            </th>
          )}
          <th scope="col">{t('policy.field')}</th>
          <th scope="col">{t('conflicts.lost')}</th>
          <th scope="col">{t('conflicts.kept')}</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field) => (
          <tr key={field.name}>
            {isChoosable && (
              <td>
                <input
                  type="checkbox"
                  className="check"
                  aria-label={t('conflicts.againField', { field: fieldWords(field.name) })}
                  checked={!left.has(field.name)}
                  onChange={() => onToggle(field.name)}
                />
              </td>
            )}
            <th scope="row">{fieldWords(field.name)}</th>
            <td className="w-2/5">
              <Side value={field.lost} other={field.kept} mark="−" tone="text-bad" />
            </td>
            <td className="w-2/5">
              <Side value={field.kept} other={field.lost} mark="+" tone="text-ok" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** One side: every line, those marked that the other side lacks; by a sign as well as by colour. */
function Side(properties: {
  readonly value: Field['lost'];
  readonly other: Field['kept'];
  readonly mark: string;
  readonly tone: string;
}) {
  const { value, other, mark, tone } = properties;
  const isSame = isEqual(value, other);
  return (
    <div className="mono max-h-80 overflow-y-auto text-xs leading-relaxed break-words whitespace-pre-wrap">
      {linesOf(value, other).map((line, index) => (
        <div key={index} className={line.isOwn && !isSame ? tone : undefined}>
          <span aria-hidden="true" className="mr-1 inline-block w-3 select-none">
            {line.isOwn && !isSame ? mark : ''}
          </span>
          <Hostile text={line.text} />
        </div>
      ))}
    </div>
  );
}

function Decision(properties: { readonly conflict: Conflict; readonly wanted: readonly string[] }) {
  const { conflict, wanted } = properties;
  const mayManage = useMay('sync:manage');
  const client = useQueryClient();
  const params = { id: conflict.id };
  const decide = useMutation({
    mutationFn: (isAgain: boolean) =>
      isAgain
        ? call(syncRoutes.reapply, {
            params,
            body: wanted.length < conflict.fields.length ? { fields: [...wanted] } : {},
          })
        : call(syncRoutes.dismiss, { params }),
    onSuccess: async (decided) => {
      client.setQueryData(['conflicts', 'one', conflict.id], decided);
      notify('ok', decided.state === 'reapplied' ? t('conflicts.madeAgain') : t('conflicts.left'));
      await client.invalidateQueries({ queryKey: ['conflicts', 'list'] });
    },
  });
  if (!mayManage || conflict.state !== 'open') return null;
  return (
    <div className="flex flex-col gap-3 border-t border-line p-4">
      <ProblemNote error={decide.error} />
      <div className="flex flex-wrap items-center justify-end gap-2">
        <p className="grow text-muted">{t('conflicts.againHint')}</p>
        <button
          type="button"
          className="button"
          disabled={decide.isPending}
          onClick={() => decide.mutate(false)}
        >
          {t('conflicts.dismiss')}
        </button>
        <button
          type="button"
          className="button button-solid"
          disabled={decide.isPending || !conflict.isLive || wanted.length === 0}
          onClick={() => decide.mutate(true)}
        >
          {t('conflicts.again')}
        </button>
      </div>
    </div>
  );
}
