import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { visibleText } from '@wardgrid/base';
import { policyRoutes, type Policy } from '@wardgrid/wire';
import { useState } from 'react';
import { call, queryClient } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { PageBody, PageHead, Section, Skeleton } from '../../ui/Page.tsx';
import { Degraded } from '../../ui/Problem.tsx';
import { Time } from '../../ui/Time.tsx';
import { usePathId } from '../../ui/use-address.ts';
import { PolicyEditor } from './PolicyEditor.tsx';

/** One policy: what it decides, what is locked, how it came to be. */
export function PolicyPage() {
  const id = usePathId();
  const policy = useQuery({
    queryKey: ['policies', 'one', id],
    queryFn: ({ signal }) => call(policyRoutes.read, { params: { id }, signal }),
  });
  return <Loaded query={policy}>{(data) => <Content policy={data} />}</Loaded>;
}

function Content(properties: { readonly policy: Policy }) {
  const { policy } = properties;
  return (
    <PageBody>
      <PageHead
        title={visibleText(policy.name)}
        parent={{ to: '/policies', text: t('nav.policies') }}
        detail={
          <>
            <span>{t(`target.${policy.target.kind}`)}</span>
            <Hostile text={policy.targetName} />
            <span aria-hidden="true">·</span>
            <span>
              {t('policy.versionBy', { version: policy.version, person: policy.changedBy })}
            </span>
            <Time at={policy.changedAt} />
          </>
        }
        actions={<DeleteButton policy={policy} />}
      />
      <PolicyEditor key={`${policy.id} ${policy.version}`} policy={policy} />
      <Versions policy={policy} />
    </PageBody>
  );
}

function DeleteButton(properties: { readonly policy: Policy }) {
  const { policy } = properties;
  const [isAsking, setAsking] = useState(false);
  const mayDelete = useMay('policies:delete');
  const navigate = useNavigate();
  if (!mayDelete) return null;
  const run = async (): Promise<void> => {
    await call(policyRoutes.delete, { params: { id: policy.id } });
    await navigate({ to: '/policies' });
    await queryClient.invalidateQueries({ queryKey: ['policies', 'list'] });
  };
  return (
    <>
      <button type="button" className="button button-danger" onClick={() => setAsking(true)}>
        {t('action.delete')}
      </button>
      {isAsking && (
        <ConfirmDialog
          title={t('policies.deleteTitle', { name: visibleText(policy.name) })}
          description={t('policies.deleteHint')}
          submit={t('action.delete')}
          onClose={() => setAsking(false)}
          run={run}
        />
      )}
    </>
  );
}

function Versions(properties: { readonly policy: Policy }) {
  const { policy } = properties;
  const versions = useQuery({
    queryKey: ['policies', 'one', policy.id, 'versions', policy.version],
    queryFn: ({ signal }) => call(policyRoutes.versions, { params: { id: policy.id }, signal }),
  });
  return (
    <Section title={t('policy.history')} isFlush>
      {versions.isPending && <Skeleton rows={2} />}
      {versions.error && (
        <Degraded error={versions.error} onRetry={() => void versions.refetch()} />
      )}
      {versions.data && (
        <table className="data-table">
          <tbody>
            {versions.data.data.map((version) => (
              <tr key={version.version}>
                <th scope="row">{version.version}</th>
                <td>
                  <Hostile text={version.changedBy} />
                </td>
                <td>{t('policy.fieldsDecided', { count: Object.keys(version.fields).length })}</td>
                <td>
                  <Time at={version.changedAt} isExact />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}
