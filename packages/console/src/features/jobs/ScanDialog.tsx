import { useMutation, useQuery } from '@tanstack/react-query';
import {
  JOB_STATES_FINAL,
  jobRoutes,
  networkRoutes,
  type Device,
  type Network,
} from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { may } from '../../may.ts';
import { n, t } from '../../messages/index.ts';
import { StateChip } from '../../ui/Chips.tsx';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { CheckField, SelectField, TextField } from '../../ui/Field.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Facts, Skeleton } from '../../ui/Page.tsx';
import { Degraded, ProblemNote } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { JobOutcome } from './JobOutcome.tsx';
import { ProgressBar } from './ProgressBar.tsx';
import { planScan, type ScanPlan } from './scan-plan.ts';
import { useJob } from './use-job.ts';

/** Networks of the same numbers that are looked through for the one with the same gateway. */
const NETWORKS_MAX = 50;

type Possible = Extract<ScanPlan, { kind: 'possible' }>;

/** Scans the network a device stands in: names it, asks what must be asked, shows what happens. */
export function ScanDialog(properties: { readonly device: Device; readonly onClose: () => void }) {
  const { device, onClose } = properties;
  const [jobId, setJobId] = useState<string | null>(null);
  const network = useNetworkOf(device);
  const plan = planScan(device, network.data);
  return (
    <Dialog isOpen onClose={onClose} title={t('scan.title')}>
      {jobId !== null && <Running jobId={jobId} onClose={onClose} />}
      {jobId === null && network.isLoading && <Skeleton rows={3} />}
      {jobId === null && !network.isLoading && (
        <Question device={device} plan={plan} onClose={onClose} onStarted={setJobId} />
      )}
    </Dialog>
  );
}

/** The network as the controller knows it: same numbers, same gateway, same organization. */
function useNetworkOf(device: Device) {
  return useQuery({
    queryKey: ['networks', 'list', 'of', device.id, device.primaryCidr, device.gatewayMac],
    queryFn: async ({ signal }): Promise<Network | undefined> => {
      const filter = `cidr:"${device.primaryCidr ?? ''}"`;
      const page = await call(networkRoutes.list, {
        query: { filter, limit: NETWORKS_MAX },
        signal,
      });
      return (
        page.data.find(
          (network) =>
            network.cidr === device.primaryCidr &&
            network.gatewayMac === device.gatewayMac &&
            network.organizationId === device.organizationId,
        ) ?? NOT_REPORTED
      );
    },
    enabled: device.primaryCidr !== null && may('networks:read'),
  });
}

const NOT_REPORTED = { state: 'reported' } as Network;

function Question(properties: {
  readonly device: Device;
  readonly plan: ScanPlan;
  readonly onClose: () => void;
  readonly onStarted: (jobId: string) => void;
}) {
  const { device, plan, onClose, onStarted } = properties;
  if (plan.kind === 'no-network') return <p>{t('problem.device-without-network')}</p>;
  if (plan.kind === 'too-large') {
    return <p>{t('scan.tooLarge', { cidr: plan.cidr, count: plan.addresses })}</p>;
  }
  return <Form device={device} plan={plan} onClose={onClose} onStarted={onStarted} />;
}

function Form(properties: {
  readonly device: Device;
  readonly plan: Possible;
  readonly onClose: () => void;
  readonly onStarted: (jobId: string) => void;
}) {
  const { device, plan, onClose, onStarted } = properties;
  const [ports, setPorts] = useState<'top' | 'all' | 'list'>('top');
  const [list, setList] = useState('22,80,443');
  const [isSizeConfirmed, setSizeConfirmed] = useState(false);
  const isApproving = plan.approval === 'needed' && may('networks:approve');
  const isBarred = plan.approval === 'refused' || (plan.approval === 'needed' && !isApproving);
  const start = useMutation({
    mutationFn: () =>
      call(jobRoutes.create, {
        body: {
          deviceId: device.id,
          task: {
            kind: 'discovery',
            ports: ports === 'list' ? list : ports,
            isNetworkApproved: isApproving,
            isSizeConfirmed,
          },
        },
      }),
    onSuccess: (job) => onStarted(job.id),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    start.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Facts
        facts={[
          [t('field.network'), <Hostile text={plan.cidr} isMono />],
          [t('field.gateway'), <Hostile text={device.gatewayMac} isMono />],
          [t('scan.size'), t('scan.addresses', { count: plan.addresses })],
          [t('scan.from'), <Hostile text={device.name} />],
        ]}
      />
      <SelectField
        label={t('scan.ports')}
        value={ports}
        onChange={(value) => setPorts(value === 'all' || value === 'list' ? value : 'top')}
        choices={[
          { value: 'top', text: t('scan.portsTop') },
          { value: 'all', text: t('scan.portsAll') },
          { value: 'list', text: t('scan.portsList') },
        ]}
      />
      {ports === 'list' && (
        <TextField
          label={t('scan.portsList')}
          hint={t('scan.portsHint')}
          value={list}
          onChange={setList}
          isMono
          isRequired
        />
      )}
      <Approval plan={plan} isApproving={isApproving} />
      {plan.isSizeToConfirm && (
        <CheckField
          label={t('scan.confirmSize', { addresses: n(plan.addresses) })}
          isChecked={isSizeConfirmed}
          onChange={setSizeConfirmed}
        />
      )}
      <ProblemNote error={start.error} />
      <DialogButtons
        onCancel={onClose}
        submit={isApproving ? t('scan.approveAndScan') : t('scan.start')}
        isBusy={start.isPending}
        isDisabled={isBarred || (plan.isSizeToConfirm && !isSizeConfirmed)}
      />
    </form>
  );
}

function Approval(properties: { readonly plan: Possible; readonly isApproving: boolean }) {
  const { plan, isApproving } = properties;
  if (plan.approval === 'approved') return null;
  const text = approvalText(plan, isApproving);
  return <p className="rounded-md border border-line bg-warn-soft px-3 py-2 text-warn">{text}</p>;
}

function approvalText(plan: Possible, isApproving: boolean): string {
  if (plan.approval === 'refused') return t('scan.refused');
  return isApproving ? t('scan.notApproved') : t('scan.askApproval');
}

function Running(properties: { readonly jobId: string; readonly onClose: () => void }) {
  const { jobId, onClose } = properties;
  const job = useJob(jobId);
  if (job.error) return <Degraded error={job.error} onRetry={() => void job.refetch()} />;
  if (!job.data) return <Skeleton rows={3} />;
  const isFinal = JOB_STATES_FINAL.has(job.data.state);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center justify-between">
        <StateChip state={job.data.state} />
        <RouterLink to={`/jobs/${jobId}`}>{t('scan.openJob')}</RouterLink>
      </div>
      <ProgressBar job={job.data} />
      {isFinal && <JobOutcome job={job.data} />}
      <div className="flex justify-end">
        <button type="button" className="button" onClick={onClose}>
          {isFinal ? t('action.close') : t('scan.background')}
        </button>
      </div>
    </div>
  );
}
