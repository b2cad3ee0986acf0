import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { groupRoutes, type Group } from '@wardgrid/wire';
import { useState } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { Loaded } from '../../ui/Loaded.tsx';
import { Facts, PageBody, PageHead, Section } from '../../ui/Page.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { usePathId } from '../../ui/use-address.ts';
import { GroupDialogs, type GroupAct } from './GroupDialogs.tsx';
import { GroupTree } from './GroupTree.tsx';

/** One group: what it holds, and the groups below it. The only such page of those who see no organization. */
export function GroupPage() {
  const id = usePathId();
  const group = useQuery({
    queryKey: ['groups', 'one', id],
    queryFn: ({ signal }) => call(groupRoutes.read, { params: { id }, signal }),
  });
  return <Loaded query={group}>{(data) => <Content group={data} />}</Loaded>;
}

function Content(properties: { readonly group: Group }) {
  const { group } = properties;
  return (
    <PageBody>
      <PageHead
        title={group.name}
        parent={{ to: '/groups', text: t('nav.groups') }}
        thing={{ noun: 'groups', id: group.id }}
        detail={group.organizationName}
        actions={<Actions group={group} />}
      />
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <GroupTree organizationId={group.organizationId} below={group} />
        <Section title={t('tenants.holds')}>
          <Facts facts={factsOf(group)} />
        </Section>
      </div>
    </PageBody>
  );
}

function factsOf(group: Group): Parameters<typeof Facts>[0]['facts'] {
  const { online, devices } = group.counts;
  return [
    [
      t('nav.devices'),
      <RouterLink to="/devices" search={{ filter: `groupId:${group.id}` }}>
        {t('tenants.online', { online, devices })}
      </RouterLink>,
    ],
    [t('field.openFindings'), group.counts.openFindings],
    [t('field.openIncidents'), group.counts.openIncidents],
    [t('field.createdAt'), <Time at={group.createdAt} isExact />],
    [t('field.id'), <span className="mono text-xs">{group.id}</span>],
  ];
}

function Actions(properties: { readonly group: Group }) {
  const { group } = properties;
  const [act, setAct] = useState<GroupAct | null>(null);
  const navigate = useNavigate();
  const mayChange = useMay('groups:update');
  const mayDelete = useMay('groups:delete');
  return (
    <>
      {mayChange && (
        <>
          <button
            type="button"
            className="button"
            onClick={() => setAct({ kind: 'rename', group })}
          >
            {t('action.rename')}
          </button>
          <button type="button" className="button" onClick={() => setAct({ kind: 'move', group })}>
            {t('groups.move')}
          </button>
        </>
      )}
      {mayDelete && (
        <button
          type="button"
          className="button button-danger"
          onClick={() => setAct({ kind: 'delete', group })}
        >
          {t('action.delete')}
        </button>
      )}
      <GroupDialogs
        organizationId={group.organizationId}
        act={act}
        onClose={() => setAct(null)}
        onDeleted={() => navigate({ to: '/groups' })}
      />
    </>
  );
}
