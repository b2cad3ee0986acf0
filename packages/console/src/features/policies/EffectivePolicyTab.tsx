import { useQuery } from '@tanstack/react-query';
import {
  policyRoutes,
  type DeviceId,
  type EffectivePolicy,
  type PolicyFieldName,
} from '@wardgrid/wire';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { Chip } from '../../ui/Chips.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Section, Skeleton } from '../../ui/Page.tsx';
import { Degraded } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { ChangeWords } from './ChangeWords.tsx';
import { fieldNames, valueWords } from './policy-field.ts';

/** What a device is to run, field by field, and who decided it. */
export function EffectivePolicyTab(properties: { readonly deviceId: DeviceId }) {
  const { deviceId } = properties;
  const effective = useQuery({
    queryKey: ['policies', 'list', 'effective', deviceId],
    queryFn: ({ signal }) => call(policyRoutes.effective, { params: { id: deviceId }, signal }),
  });
  if (effective.error) {
    return <Degraded error={effective.error} onRetry={() => void effective.refetch()} />;
  }
  if (!effective.data) return <Skeleton rows={8} />;
  const { settingsVersion, runningVersion } = effective.data;
  return (
    <Section
      title={t('policy.effective')}
      isFlush
      actions={
        runningVersion < settingsVersion ? (
          <Chip tone="warn" text={t('policy.onItsWay')} />
        ) : (
          <Chip tone="ok" text={t('policy.running')} />
        )
      }
    >
      <Rollouts effective={effective.data} />
      <table className="data-table">
        <thead>
          <tr>
            <th scope="col">{t('policy.field')}</th>
            <th scope="col">{t('policy.value')}</th>
            <th scope="col">{t('field.origin')}</th>
          </tr>
        </thead>
        <tbody>
          {fieldNames.map((name) => (
            <FieldRow key={name} name={name} effective={effective.data} />
          ))}
        </tbody>
      </table>
    </Section>
  );
}

/** What is on its way to the device in rings, and what it changes when it arrives. */
function Rollouts({ effective }: { readonly effective: EffectivePolicy }) {
  const rolling = effective.policies.flatMap(({ rollout, ...policy }) =>
    rollout === null ? [] : [{ ...policy, rollout }],
  );
  if (rolling.length === 0 && effective.later.length === 0) return null;
  return (
    <div className="flex flex-col gap-2 border-b border-line p-4">
      {rolling.map(({ id, name, rollout }) => (
        <p key={id} className="flex flex-wrap items-center gap-2">
          <RouterLink to={`/policies/${id}`}>
            <Hostile text={name} />
          </RouterLink>
          <Chip
            tone={rollout.isInRing ? 'info' : 'none'}
            text={t(rollout.isInRing ? 'policy.inRing' : 'policy.outsideRing')}
          />
          {rollout.halt !== null && <Chip tone="warn" text={t(`rollout.halt.${rollout.halt}`)} />}
        </p>
      ))}
      {effective.later.length > 0 && (
        <p>
          {t('policy.then')}
          <ChangeWords changes={effective.later} />
        </p>
      )}
    </div>
  );
}

function FieldRow(properties: {
  readonly name: PolicyFieldName;
  readonly effective: EffectivePolicy;
}) {
  const { name, effective } = properties;
  const { origin, isLocked } = effective.origins[name];
  return (
    <tr>
      <th scope="row">{t(`policy.field.${name}`)}</th>
      <td>{valueWords(name, effective.policy[name])}</td>
      <td>
        <span className="flex flex-wrap items-center gap-2">
          {origin.policyId === null ? (
            t(`origin.${origin.kind}`)
          ) : (
            <RouterLink to={`/policies/${origin.policyId}`}>
              <Hostile text={origin.name} />
            </RouterLink>
          )}
          {isLocked && <Chip tone="accent" text={t('policy.locked')} />}
        </span>
      </td>
    </tr>
  );
}
