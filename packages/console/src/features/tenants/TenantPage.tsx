import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { licenceRoutes, tenantRoutes, type Licence, type Tenant } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { useMayAtCloud } from '../../local-view.ts';
import { useMay } from '../../may.ts';
import { n, t } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { StateChip } from '../../ui/Chips.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { CheckField } from '../../ui/Field.tsx';
import { dateOf, formatPercent } from '../../ui/format.ts';
import { Hostile } from '../../ui/Hostile.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { Facts, PageBody, PageHead, Section, Skeleton } from '../../ui/Page.tsx';
import { Degraded, ProblemNote, problemText } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { LicenceFields, licenceDefaults, licenceOf } from './LicenceFields.tsx';
import { usePathId } from '../../ui/use-address.ts';

/** One tenant: its licence, what it holds, and who may look inside. */
export function TenantPage() {
  const id = usePathId();
  const tenant = useQuery({
    queryKey: ['tenants', 'one', id],
    queryFn: ({ signal }) => call(tenantRoutes.read, { params: { id }, signal }),
  });
  return <Loaded query={tenant}>{(data) => <Content tenant={data} />}</Loaded>;
}

function Content(properties: { readonly tenant: Tenant }) {
  const { tenant } = properties;
  const ofTenant = `tenant:"${tenant.name}"`;
  return (
    <PageBody>
      <PageHead
        title={tenant.name}
        parent={{ to: '/tenants', text: t('nav.tenants') }}
        thing={{ noun: 'tenants', id: tenant.id }}
        detail={<StateChip state={tenant.isSuspended ? 'suspended' : tenant.licenceState} />}
        actions={<TenantActions tenant={tenant} />}
      />
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <LicenceSection tenant={tenant} />
        <Section title={t('tenants.holds')}>
          <Facts
            facts={[
              [
                t('nav.organizations'),
                <RouterLink to="/organizations" search={{ filter: ofTenant }}>
                  {n(tenant.organizations)}
                </RouterLink>,
              ],
              [
                t('nav.devices'),
                <RouterLink to="/devices" search={{ filter: ofTenant }}>
                  {t('tenants.online', {
                    online: tenant.counts.online,
                    devices: tenant.counts.devices,
                  })}
                </RouterLink>,
              ],
              [t('field.openFindings'), n(tenant.counts.openFindings)],
              [t('field.openIncidents'), n(tenant.counts.openIncidents)],
              [t('field.createdAt'), <Time at={tenant.createdAt} isExact />],
              [t('field.id'), <span className="mono text-xs">{tenant.id}</span>],
            ]}
          />
          <SupportAccess tenant={tenant} />
        </Section>
      </div>
    </PageBody>
  );
}

type Change = (typeof tenantRoutes.update)['body']['_zod']['input'];

function useChange(tenant: Tenant) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Change) => call(tenantRoutes.update, { params: { id: tenant.id }, body }),
    onSuccess: (saved) => client.setQueryData(['tenants', 'one', tenant.id], saved),
    onError: (error) => notify('bad', problemText(error)),
  });
}

function SupportAccess(properties: { readonly tenant: Tenant }) {
  const { tenant } = properties;
  const change = useChange(tenant);
  const mayChange = useMay('tenants:update');
  return (
    <div className="mt-4 border-t border-line pt-4">
      <CheckField
        label={t('tenants.support')}
        isChecked={tenant.isSupportAccessOn}
        isDisabled={!mayChange || change.isPending}
        onChange={(isSupportAccessOn) => change.mutate({ isSupportAccessOn })}
      />
      <p className="mt-1 pl-6 text-xs text-muted">{t('tenants.supportHint')}</p>
    </div>
  );
}

function TenantActions(properties: { readonly tenant: Tenant }) {
  const { tenant } = properties;
  const [isDeleting, setDeleting] = useState(false);
  const navigate = useNavigate();
  const change = useChange(tenant);
  const mayCreate = useMayAtCloud('tenants:create');
  const mayDelete = useMayAtCloud('tenants:delete');
  return (
    <>
      {mayCreate && (
        <button
          type="button"
          className="button"
          disabled={change.isPending}
          onClick={() => change.mutate({ isSuspended: !tenant.isSuspended })}
        >
          {tenant.isSuspended ? t('tenants.resume') : t('tenants.suspend')}
        </button>
      )}
      {mayDelete && (
        <button type="button" className="button button-danger" onClick={() => setDeleting(true)}>
          {t('action.delete')}
        </button>
      )}
      {isDeleting && (
        <ConfirmDialog
          title={t('tenants.deleteTitle', { name: tenant.name })}
          description={t('tenants.deleteHint')}
          submit={t('action.delete')}
          onClose={() => setDeleting(false)}
          run={async () => {
            await call(tenantRoutes.delete, { params: { id: tenant.id } });
            await navigate({ to: '/tenants' });
          }}
        />
      )}
    </>
  );
}

function LicenceSection(properties: { readonly tenant: Tenant }) {
  const { tenant } = properties;
  const [isIssuing, setIssuing] = useState(false);
  const mayRead = useMay('licences:read');
  const mayIssue = useMayAtCloud('licences:issue');
  const licence = useQuery({
    queryKey: ['tenants', 'one', tenant.id, 'licence'],
    queryFn: ({ signal }) => call(licenceRoutes.read, { params: { id: tenant.id }, signal }),
    enabled: mayRead && tenant.licenceState !== 'missing',
  });
  return (
    <Section
      title={t('field.licence')}
      actions={
        mayIssue && (
          <button type="button" className="button button-small" onClick={() => setIssuing(true)}>
            {licence.data ? t('licence.renew') : t('licence.issue')}
          </button>
        )
      }
    >
      {tenant.licenceState === 'missing' && <p className="text-muted">{t('licence.missing')}</p>}
      {licence.isLoading && <Skeleton />}
      {licence.error && <Degraded error={licence.error} />}
      {licence.data && <LicenceFacts licence={licence.data} />}
      {isIssuing && <IssueDialog tenant={tenant} onClose={() => setIssuing(false)} />}
    </Section>
  );
}

function LicenceFacts(properties: { readonly licence: Licence }) {
  const { licence } = properties;
  const share = licence.seats === 0 ? 0 : Math.min(1, licence.seatsUsed / licence.seats);
  return (
    <>
      <div className="mb-4">
        <div className="mb-1 flex justify-between">
          <span className="text-muted">{t('field.seats')}</span>
          <span className="font-semibold">
            {t('keys.usage', { used: licence.seatsUsed, seats: licence.seats })} ·{' '}
            {formatPercent(share)}
          </span>
        </div>
        <div className="bar">
          <span style={{ width: `${share * 100}%` }} />
        </div>
      </div>
      <Facts
        facts={[
          [t('field.state'), <StateChip state={licence.state} />],
          [t('licence.validFrom'), dateOf(Date.parse(licence.validFrom))],
          [t('field.validUntil'), dateOf(Date.parse(licence.validUntil))],
          [t('licence.graceDays'), n(licence.graceDays)],
          [t('licence.features'), <Hostile text={licence.features.join(', ')} />],
          [t('licence.graceDevices'), n(licence.graceDevices)],
          [t('licence.signedBy'), <span className="mono">{licence.document.keyId}</span>],
          [t('licence.file'), <DocumentLink licence={licence} />],
        ]}
      />
    </>
  );
}

/** The signed document as a file, for a site that is cut off. */
function DocumentLink(properties: { readonly licence: Licence }) {
  const { id, document } = properties.licence;
  const href = `data:application/json,${encodeURIComponent(JSON.stringify(document))}`;
  return (
    <a href={href} download={`wardgrid-licence-${id}.json`} className="underline">
      {t('licence.download')}
    </a>
  );
}

function IssueDialog(properties: { readonly tenant: Tenant; readonly onClose: () => void }) {
  const { tenant, onClose } = properties;
  const [draft, setDraft] = useState({
    ...licenceDefaults,
    ...(tenant.seats > 0 ? { seats: String(tenant.seats) } : {}),
  });
  const client = useQueryClient();
  const issue = useMutation({
    mutationFn: () =>
      call(licenceRoutes.issue, { params: { id: tenant.id }, body: licenceOf(draft) }),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['tenants'] });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    issue.mutate();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('licence.issue')}
      description={t('licence.issueHint')}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <LicenceFields licence={draft} onChange={setDraft} />
        <ProblemNote error={issue.error} />
        <DialogButtons onCancel={onClose} submit={t('licence.issue')} isBusy={issue.isPending} />
      </form>
    </Dialog>
  );
}
