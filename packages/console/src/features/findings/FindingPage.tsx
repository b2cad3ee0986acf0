import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { visibleText } from '@wardgrid/base';
import { findingRoutes, type Finding, type FindingDetail } from '@wardgrid/wire';
import { useState } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { n, t, wordOr } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { SeverityChip, StateChip } from '../../ui/Chips.tsx';
import { Hostile, Nothing } from '../../ui/Hostile.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { Facts, PageBody, PageHead, Section } from '../../ui/Page.tsx';
import { problemText } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { DetectionSections } from './DetectionSections.tsx';
import { ExceptionDialog } from './ExceptionDialog.tsx';
import { findingVerbs } from './FindingBulkActions.tsx';
import { selectionOf } from './selection.ts';
import { usePathId } from '../../ui/use-address.ts';

/** One finding: what is wrong, the evidence, what to do, and what was decided. */
export function FindingPage() {
  const id = usePathId();
  const finding = useQuery({
    queryKey: ['findings', 'one', id],
    queryFn: ({ signal }) => call(findingRoutes.detail, { params: { id }, signal }),
  });
  return <Loaded query={finding}>{(data) => <Content detail={data} />}</Loaded>;
}

function Content(properties: { readonly detail: FindingDetail }) {
  const { finding, detection } = properties.detail;
  const parent =
    finding.category === 'threat'
      ? { to: '/threats', text: t('nav.threats') }
      : { to: '/findings', text: t('nav.findings') };
  return (
    <PageBody>
      <PageHead
        title={visibleText(finding.title)}
        parent={parent}
        thing={{ noun: 'findings', id: finding.id }}
        detail={
          <>
            <SeverityChip severity={finding.severity} />
            <StateChip state={finding.state} />
            <Subject finding={finding} />
          </>
        }
        actions={
          <>
            <ExceptButton detail={properties.detail} />
            <Decide finding={finding} />
          </>
        }
      />
      <div className="grid gap-5 lg:grid-cols-[3fr_2fr]">
        <div className="flex flex-col gap-5">
          <Section title={t('findings.remedy')}>
            <p className="max-w-prose text-base leading-relaxed">
              <Hostile text={finding.remedy} />
            </p>
          </Section>
          {detection ? (
            <DetectionSections detection={detection} />
          ) : (
            <Section title={t('findings.evidence')} isFlush>
              <EvidenceTable finding={finding} />
            </Section>
          )}
        </div>
        <Course finding={finding} author={detection?.author ?? null} />
      </div>
    </PageBody>
  );
}

function Course(properties: { readonly finding: Finding; readonly author: string | null }) {
  const { finding, author } = properties;
  return (
    <Section title={t('findings.course')}>
      <Facts
        facts={[
          [t('field.rule'), <Hostile text={finding.rule} isMono />],
          ...(finding.engine === null
            ? []
            : [[t('field.engine'), t(`engine.${finding.engine}`)] as const]),
          ...(finding.confidence === null
            ? []
            : [[t('field.confidence'), `${finding.confidence} %`] as const]),
          ...(finding.techniques.length === 0
            ? []
            : [
                [
                  t('field.techniques'),
                  <span className="mono">{finding.techniques.join(' ')}</span>,
                ] as const,
              ]),
          ...(author === null ? [] : [[t('field.author'), <Hostile text={author} />] as const]),
          [t('field.organization'), <Hostile text={finding.organizationName} />],
          [t('field.count'), n(finding.count)],
          [t('field.firstSeenAt'), <Time at={finding.firstSeenAt} isExact />],
          [t('field.lastSeenAt'), <Time at={finding.lastSeenAt} isExact />],
          [t('field.resolvedAt'), <Time at={finding.resolvedAt} isExact />],
          [t('field.reopened'), n(finding.reopened)],
          [t('nav.incidents'), <IncidentLink finding={finding} />],
          [t('field.note'), <Hostile text={finding.note} />],
          [t('field.id'), <span className="mono text-xs">{finding.id}</span>],
        ]}
      />
    </Section>
  );
}

function IncidentLink(properties: { readonly finding: Finding }) {
  const { incidentId } = properties.finding;
  if (incidentId === null) return <Nothing />;
  return <RouterLink to={`/incidents/${incidentId}`}>{t('threats.openIncident')}</RouterLink>;
}

/** Opens the exception of this finding's rule, filled with what tells this event apart. */
function ExceptButton(properties: { readonly detail: FindingDetail }) {
  const { finding, detection } = properties.detail;
  const [isOpen, setOpen] = useState(false);
  const mayChange = useMay('rules:update');
  if (!mayChange || detection === null || finding.exceptionId !== null) return null;
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        {t('exceptions.create')}
      </button>
      {isOpen && (
        <ExceptionDialog
          ruleId={finding.rule}
          selection={selectionOf(detection)}
          onClose={() => setOpen(false)}
        />
      )}
    </>
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
    onSuccess: (saved) =>
      client.setQueryData<FindingDetail>(
        ['findings', 'one', finding.id],
        (detail) => detail && { ...detail, finding: saved },
      ),
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
