import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { visibleText } from '@wardgrid/base';
import { findingRoutes, type Finding } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { n, t, wordOr } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { SeverityChip, StateChip } from '../../ui/Chips.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { Facts, PageBody, PageHead, Section } from '../../ui/Page.tsx';
import { problemText } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { findingVerbs } from './FindingBulkActions.tsx';
import { usePathId } from '../../ui/use-address.ts';

/** One finding: what is wrong, the evidence, what to do, and what was decided. */
export function FindingPage() {
  const id = usePathId();
  const finding = useQuery({
    queryKey: ['findings', 'one', id],
    queryFn: ({ signal }) => call(findingRoutes.read, { params: { id }, signal }),
  });
  return <Loaded query={finding}>{(data) => <Content finding={data} />}</Loaded>;
}

function Content(properties: { readonly finding: Finding }) {
  const { finding } = properties;
  return (
    <PageBody>
      <PageHead
        title={visibleText(finding.title)}
        parent={{ to: '/findings', text: t('nav.findings') }}
        detail={
          <>
            <SeverityChip severity={finding.severity} />
            <StateChip state={finding.state} />
            <Subject finding={finding} />
          </>
        }
        actions={<Decide finding={finding} />}
      />
      <div className="grid gap-5 lg:grid-cols-[3fr_2fr]">
        <div className="flex flex-col gap-5">
          <Section title={t('findings.remedy')}>
            <p className="max-w-prose text-base leading-relaxed">
              <Hostile text={finding.remedy} />
            </p>
          </Section>
          <Section title={t('findings.evidence')} isFlush>
            <EvidenceTable finding={finding} />
          </Section>
        </div>
        <Section title={t('findings.course')}>
          <Facts
            facts={[
              [t('field.rule'), <Hostile text={finding.rule} isMono />],
              [t('field.organization'), <Hostile text={finding.organizationName} />],
              [t('field.firstSeenAt'), <Time at={finding.firstSeenAt} isExact />],
              [t('field.lastSeenAt'), <Time at={finding.lastSeenAt} isExact />],
              [t('field.resolvedAt'), <Time at={finding.resolvedAt} isExact />],
              [t('field.reopened'), n(finding.reopened)],
              [t('field.note'), <Hostile text={finding.note} />],
              [t('field.id'), <span className="mono text-xs">{finding.id}</span>],
            ]}
          />
        </Section>
      </div>
    </PageBody>
  );
}

function Subject(properties: { readonly finding: Finding }) {
  const { deviceId, assetId, subject } = properties.finding;
  const to = placeOf(deviceId, assetId);
  if (to === undefined) return <Hostile text={subject} />;
  return (
    <RouterLink to={to}>
      <Hostile text={subject} />
    </RouterLink>
  );
}

function placeOf(deviceId: string | null, assetId: string | null): string | undefined {
  if (deviceId !== null) return `/devices/${deviceId}`;
  return assetId === null ? undefined : `/assets/${assetId}`;
}

function EvidenceTable(properties: { readonly finding: Finding }) {
  const rows = Object.entries(properties.finding.evidence);
  if (rows.length === 0) return <p className="p-4 text-muted">{t('findings.noEvidence')}</p>;
  return (
    <table className="data-table">
      <tbody>
        {rows.map(([key, value]) => (
          <tr key={key}>
            <th scope="row" className="w-48">
              {wordOr(`evidence.${key}`, visibleText(key))}
            </th>
            <td className="break-all">
              <Hostile text={value === null ? null : String(value)} isMono />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Decide(properties: { readonly finding: Finding }) {
  const { finding } = properties;
  const mayChange = useMay('findings:update');
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (state: Finding['state']) =>
      call(findingRoutes.update, { params: { id: finding.id }, body: { state } }),
    onSuccess: (saved) => client.setQueryData(['findings', 'one', finding.id], saved),
    onError: (error) => notify('bad', problemText(error)),
  });
  if (!mayChange) return null;
  return findingVerbs
    .filter(
      (verb) =>
        verb.state !== finding.state && (verb.state !== 'open') === (finding.state === 'open'),
    )
    .map(({ state, text }) => (
      <button
        key={state}
        type="button"
        className={state === 'resolved' ? 'button button-solid' : 'button'}
        disabled={change.isPending}
        onClick={() => change.mutate(state)}
      >
        {text}
      </button>
    ));
}
