import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { policyRoutes, type Policy, type PolicyRing, type PolicyRollout } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { n, t } from '../../messages/index.ts';
import { Chip } from '../../ui/Chips.tsx';
import { formatPercent } from '../../ui/format.ts';
import { Facts, Section, Skeleton } from '../../ui/Page.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { Time } from '../../ui/Time.tsx';

/** How wide a ring may be made, in per cent of the devices. */
export const RING_PERCENTS = [5, 25, 50] as const;
/** Devices report by themselves, of which no event tells. */
const LOOK_AGAIN_MS = 10_000;

/** A change that is on its way through the devices: how far it is, how they fare, and what to do next. */
export function RolloutSection(properties: { readonly policy: Policy }) {
  const { policy } = properties;
  const { rollout } = policy;
  const ring = useQuery({
    queryKey: ['policies', 'one', policy.id, 'ring', rollout?.percent],
    queryFn: ({ signal }) => call(policyRoutes.ring, { params: { id: policy.id }, signal }),
    refetchInterval: LOOK_AGAIN_MS,
    enabled: rollout !== null,
  });
  if (rollout === null) return null;
  return (
    <Section
      title={t('rollout.title', { version: policy.version })}
      actions={<State {...rollout} />}
    >
      <div className="flex flex-col gap-4">
        <Bar percent={rollout.percent} />
        {ring.data ? <RingFacts rollout={rollout} ring={ring.data} /> : <Skeleton rows={3} />}
        <ProblemNote error={ring.error} />
        <Actions policy={policy} rollout={rollout} />
      </div>
    </Section>
  );
}

function State({ percent, halt }: PolicyRollout) {
  if (halt === null) return <Chip tone="info" text={formatPercent(percent / 100)} />;
  return <Chip tone={halt === 'trouble' ? 'bad' : 'warn'} text={t(`rollout.halt.${halt}`)} />;
}

function Bar(properties: { readonly percent: number }) {
  return (
    <div className="bar" aria-hidden="true">
      <span style={{ width: `${properties.percent}%` }} />
    </div>
  );
}

function RingFacts(properties: { readonly rollout: PolicyRollout; readonly ring: PolicyRing }) {
  const { rollout, ring } = properties;
  const { devices, inRing, running, runningTroubled, outsideTroubled } = ring;
  return (
    <Facts
      facts={[
        [t('rollout.inRing'), t('rollout.ofAll', { count: inRing, devices })],
        [t('rollout.running'), n(running)],
        [t('rollout.troubled'), n(runningTroubled)],
        [t('rollout.outsideTroubled'), n(outsideTroubled)],
        [t('rollout.others'), t('rollout.version', { version: rollout.fromVersion })],
        [t('field.startedAt'), <Time at={rollout.startedAt} isExact />],
      ]}
    />
  );
}

function Actions(properties: { readonly policy: Policy; readonly rollout: PolicyRollout }) {
  const { policy, rollout } = properties;
  const mayChange = useMay('policies:update');
  const client = useQueryClient();
  const roll = useMutation({
    mutationFn: (percent: number) =>
      call(policyRoutes.rollOut, { params: { id: policy.id }, body: { percent } }),
    onSuccess: (saved) => client.setQueryData(['policies', 'one', policy.id], saved),
  });
  if (!mayChange) return null;
  const wider = RING_PERCENTS.filter((percent) => percent > rollout.percent);
  return (
    <>
      <ProblemNote error={roll.error} />
      <div className="flex flex-wrap justify-end gap-2">
        {rollout.halt === null && (
          <button
            type="button"
            className="button button-danger"
            disabled={roll.isPending}
            onClick={() => roll.mutate(0)}
          >
            {t('rollout.stop')}
          </button>
        )}
        {wider.map((percent) => (
          <button
            key={percent}
            type="button"
            className="button"
            disabled={roll.isPending}
            onClick={() => roll.mutate(percent)}
          >
            {t('rollout.widen', { percent: formatPercent(percent / 100) })}
          </button>
        ))}
        <button
          type="button"
          className="button button-solid"
          disabled={roll.isPending}
          onClick={() => roll.mutate(100)}
        >
          {t('rollout.all')}
        </button>
      </div>
    </>
  );
}
