import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { organizationRoutes, type Organization } from '@wardgrid/wire';
import { useState } from 'react';
import { call, queryClient } from '../../api.ts';
import { useMay } from '../../may.ts';
import { n, t } from '../../messages/index.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { Facts, PageBody, PageHead, Section } from '../../ui/Page.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { GroupTree } from './GroupTree.tsx';
import { NameDialog } from './NameDialog.tsx';
import { usePathId } from '../../ui/use-address.ts';

/** One organization: its groups as a tree, and what it holds. */
export function OrganizationPage() {
  const id = usePathId();
  const organization = useQuery({
    queryKey: ['organizations', 'one', id],
    queryFn: ({ signal }) => call(organizationRoutes.read, { params: { id }, signal }),
  });
  return <Loaded query={organization}>{(data) => <Content organization={data} />}</Loaded>;
}

function Content(properties: { readonly organization: Organization }) {
  const { organization } = properties;
  const { counts } = organization;
  const ofThis = { filter: `organizationId:${organization.id}` };
  const named = { filter: `organization:"${organization.name}" state:open` };
  return (
    <PageBody>
      <PageHead
        title={organization.name}
        parent={{ to: '/organizations', text: t('nav.organizations') }}
        thing={{ noun: 'organizations', id: organization.id }}
        detail={organization.tenantName}
        actions={<Actions organization={organization} />}
      />
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <GroupTree organizationId={organization.id} below={null} />
        <Section title={t('tenants.holds')}>
          <Facts
            facts={[
              [
                t('nav.devices'),
                <RouterLink to="/devices" search={ofThis}>
                  {t('tenants.online', { online: counts.online, devices: counts.devices })}
                </RouterLink>,
              ],
              [
                t('field.openFindings'),
                <RouterLink to="/findings" search={named}>
                  {n(counts.openFindings)}
                </RouterLink>,
              ],
              [
                t('field.openIncidents'),
                <RouterLink to="/incidents" search={named}>
                  {n(counts.openIncidents)}
                </RouterLink>,
              ],
              [
                t('nav.enrolmentKeys'),
                <RouterLink to="/enrolment-keys" search={ofThis}>
                  {t('organizations.keys')}
                </RouterLink>,
              ],
              [t('field.createdAt'), <Time at={organization.createdAt} isExact />],
              [t('field.id'), <span className="mono text-xs">{organization.id}</span>],
            ]}
          />
        </Section>
      </div>
    </PageBody>
  );
}

function Actions(properties: { readonly organization: Organization }) {
  const { organization } = properties;
  const [open, setOpen] = useState<'rename' | 'delete' | null>(null);
  const navigate = useNavigate();
  const mayChange = useMay('organizations:update');
  const mayDelete = useMay('organizations:delete');
  const close = (): void => setOpen(null);
  const params = { id: organization.id };
  return (
    <>
      {mayChange && (
        <button type="button" className="button" onClick={() => setOpen('rename')}>
          {t('action.rename')}
        </button>
      )}
      {mayDelete && (
        <button type="button" className="button button-danger" onClick={() => setOpen('delete')}>
          {t('action.delete')}
        </button>
      )}
      {open === 'rename' && (
        <NameDialog
          title={t('action.rename')}
          name={organization.name}
          submit={t('action.save')}
          onClose={close}
          run={async (name) => {
            await call(organizationRoutes.update, { params, body: { name } });
            await queryClient.invalidateQueries({ queryKey: ['organizations'] });
          }}
        />
      )}
      {open === 'delete' && (
        <ConfirmDialog
          title={t('organizations.deleteTitle', { name: organization.name })}
          description={t('organizations.deleteHint')}
          submit={t('action.delete')}
          onClose={close}
          run={async () => {
            await call(organizationRoutes.delete, { params });
            await navigate({ to: '/organizations' });
          }}
        />
      )}
    </>
  );
}
