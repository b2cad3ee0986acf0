import { useQuery } from '@tanstack/react-query';
import { policyRoutes, type Policy, type PolicyVersion } from '@wardgrid/wire';
import { useState } from 'react';
import { call, queryClient } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Section, Skeleton } from '../../ui/Page.tsx';
import { Person } from '../../ui/Person.tsx';
import { Degraded, ProblemNote } from '../../ui/Problem.tsx';
import { Time } from '../../ui/Time.tsx';
import { DifferenceList } from './DifferenceList.tsx';
import { PreviewNote } from './PreviewNote.tsx';
import { differenceOf } from './version-difference.ts';

/** How a policy came to be: what each version changed, and the way back to one. */
export function VersionSection(properties: { readonly policy: Policy }) {
  const { policy } = properties;
  const [wanted, setWanted] = useState<PolicyVersion | null>(null);
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
        <VersionTable policy={policy} versions={versions.data.data} onRestore={setWanted} />
      )}
      {wanted && <RestoreDialog policy={policy} version={wanted} onClose={() => setWanted(null)} />}
    </Section>
  );
}

function VersionTable(properties: {
  readonly policy: Policy;
  readonly versions: readonly PolicyVersion[];
  readonly onRestore: (version: PolicyVersion) => void;
}) {
  const { policy, versions, onRestore } = properties;
  const mayChange = useMay('policies:update');
  return (
    <table className="data-table">
      <thead>
        <tr>
          <th scope="col">{t('field.version')}</th>
          <th scope="col">{t('policy.whatChanged')}</th>
          <th scope="col">{t('field.changedBy')}</th>
          <th scope="col">{t('field.changedAt')}</th>
          {mayChange && (
            <th scope="col">
              <span className="sr-only">{t('policy.restore')}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {versions.map((version, index) => (
          <tr key={version.version}>
            <th scope="row">{version.version}</th>
            <td>
              <Changed version={version} before={versions[index + 1]} />
            </td>
            <td>
              <Person name={version.changedBy} />
            </td>
            <td>
              <Time at={version.changedAt} isExact />
            </td>
            {mayChange && (
              <td className="text-right">
                {version.version !== policy.version && (
                  <button
                    type="button"
                    className="button button-small"
                    aria-label={t('policy.restoreTitle', { version: version.version })}
                    onClick={() => onRestore(version)}
                  >
                    {t('policy.restore')}
                  </button>
                )}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Of the oldest version that is kept, what it decides; of every other, what it changed. */
function Changed(properties: {
  readonly version: PolicyVersion;
  readonly before: PolicyVersion | undefined;
}) {
  const { version, before } = properties;
  if (before) return <DifferenceList difference={differenceOf(before, version)} />;
  return t('policy.fieldsDecided', { count: Object.keys(version.fields).length });
}

/** Says what going back changes in the policy and on how many devices, before it is done. */
function RestoreDialog(properties: {
  readonly policy: Policy;
  readonly version: PolicyVersion;
  readonly onClose: () => void;
}) {
  const { policy, version, onClose } = properties;
  const { name, fields, locks } = version;
  const preview = useQuery({
    queryKey: ['policies', 'one', policy.id, 'restore', policy.version, version.version],
    queryFn: ({ signal }) =>
      call(policyRoutes.preview, { body: { target: policy.target, fields, locks }, signal }),
  });
  const restore = async (): Promise<void> => {
    const params = { id: policy.id };
    const saved = await call(policyRoutes.update, { params, body: { name, fields, locks } });
    queryClient.setQueryData(['policies', 'one', policy.id], saved);
    notify('ok', t('policies.saved'));
  };
  return (
    <ConfirmDialog
      title={t('policy.restoreTitle', { version: version.version })}
      description={t('policy.restoreHint')}
      submit={t('policy.restore')}
      onClose={onClose}
      run={restore}
    >
      <DifferenceList difference={differenceOf(policy, version)} />
      {preview.isPending && <Skeleton rows={2} />}
      <ProblemNote error={preview.error} />
      {preview.data && <PreviewNote preview={preview.data} />}
    </ConfirmDialog>
  );
}
