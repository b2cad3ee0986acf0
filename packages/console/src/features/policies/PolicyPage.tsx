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
import { PageBody, PageHead } from '../../ui/Page.tsx';
import { personText } from '../../ui/Person.tsx';
import { Time } from '../../ui/Time.tsx';
import { usePathId } from '../../ui/use-address.ts';
import { PolicyEditor } from './PolicyEditor.tsx';
import { RolloutSection } from './RolloutSection.tsx';
import { VersionSection } from './VersionSection.tsx';

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
        thing={{ noun: 'policies', id: policy.id, ref: policy.ref }}
        detail={
          <>
            <span>{t(`target.${policy.target.kind}`)}</span>
            <Hostile text={policy.targetName} />
            <span aria-hidden="true">·</span>
            <span>
              {t('policy.versionBy', {
                version: policy.version,
                person: personText(policy.changedBy),
              })}
            </span>
            <Time at={policy.changedAt} />
          </>
        }
        actions={<DeleteButton policy={policy} />}
      />
      <RolloutSection policy={policy} />
      <PolicyEditor key={`${policy.id} ${policy.version}`} policy={policy} />
      <VersionSection policy={policy} />
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
