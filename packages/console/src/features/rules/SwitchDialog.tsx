import { useMutation, useQueryClient } from '@tanstack/react-query';
import { visibleText } from '@wardgrid/base';
import { RuleSetting, ruleSwitchRoutes, type Rule } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { useScopeTargets } from '../../scopes.ts';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { SelectField, TextField } from '../../ui/Field.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';

/** Lets a rule run, only report, or not run at all, at a node and below. */
export function SwitchDialog(properties: { readonly rule: Rule; readonly onClose: () => void }) {
  const { rule, onClose } = properties;
  const targets = useScopeTargets();
  const [chosen, setChosen] = useState<string | null>(null);
  const [setting, setSetting] = useState<RuleSetting>(rule.setting === 'on' ? 'report' : 'on');
  const [reason, setReason] = useState('');
  const target = targets.find(({ value }) => value === chosen) ?? targets[0];
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => {
      if (!target) throw new Error('there is no node to switch the rule at');
      const body = { target: target.target, ruleId: rule.ruleId, setting, reason };
      return call(ruleSwitchRoutes.set, { body });
    },
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['rules'] });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('rules.switch')}
      description={visibleText(rule.title)}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <SelectField
          label={t('rules.setting')}
          hint={t(`ruleSetting.${setting}`)}
          value={setting}
          onChange={(value) => setSetting(RuleSetting.options.find((one) => one === value) ?? 'on')}
          choices={RuleSetting.options.map((one) => ({ value: one, text: t(`state.${one}`) }))}
        />
        <SelectField
          label={t('policy.target')}
          value={target?.value ?? ''}
          onChange={setChosen}
          choices={targets}
        />
        <TextField
          label={t('field.reason')}
          value={reason}
          onChange={setReason}
          lengthMax={500}
          error={save.error}
          pointer="/reason"
          isRequired
        />
        <ProblemNote error={save.error} />
        <DialogButtons
          onCancel={onClose}
          submit={t('action.save')}
          isBusy={save.isPending}
          isDisabled={!target}
        />
      </form>
    </Dialog>
  );
}
