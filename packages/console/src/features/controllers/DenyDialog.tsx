import { visibleText } from '@wardgrid/base';
import { joinCandidateRoutes, type JoinCandidate } from '@wardgrid/wire';
import { useState } from 'react';
import { call, queryClient } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { useScopeTargets } from '../../scopes.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { SelectField, TextField } from '../../ui/Field.tsx';
import { Keys } from './AdmitDialog.tsx';

/** Turns a controller away. Of one that is nobody's yet it is asked who is to look at the finding. */
export function DenyDialog(properties: {
  readonly newcomer: JoinCandidate;
  readonly onClose: () => void;
}) {
  const { newcomer, onClose } = properties;
  const { fingerprint, tenantId } = newcomer;
  const targets = useScopeTargets();
  const [reason, setReason] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const scope = targets.find(({ value }) => value === chosen)?.value ?? targets[0]?.value;
  return (
    <ConfirmDialog
      title={t('newcomers.denyTitle', { name: visibleText(newcomer.name) })}
      description={t('newcomers.denyHint')}
      submit={t('controllers.deny')}
      onClose={onClose}
      run={async () => {
        const body = {
          ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
          ...(tenantId === null && scope !== undefined ? { scope } : {}),
        };
        await call(joinCandidateRoutes.deny, { params: { fingerprint }, body });
        await queryClient.invalidateQueries({ queryKey: ['join-candidates'] });
      }}
    >
      <Keys newcomer={newcomer} />
      <TextField label={t('field.reason')} value={reason} onChange={setReason} lengthMax={300} />
      {tenantId === null && (
        <SelectField
          label={t('newcomers.findingPlace')}
          value={scope ?? ''}
          onChange={setChosen}
          choices={targets}
        />
      )}
    </ConfirmDialog>
  );
}
