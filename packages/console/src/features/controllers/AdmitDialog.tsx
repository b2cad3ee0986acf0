import { readFingerprint } from '@wardgrid/base';
import { useMutation } from '@tanstack/react-query';
import { joinCandidateRoutes, type JoinCandidate } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call, queryClient } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { useScopeTargets } from '../../scopes.ts';
import { notify } from '../../store.ts';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { CheckField, SelectField, TextField } from '../../ui/Field.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Facts } from '../../ui/Page.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { KeyText } from './ControllerWords.tsx';

interface Properties {
  readonly newcomer: JoinCandidate;
  readonly onClose: () => void;
}

/** Lets a controller in: its key compared, then what it is called and what it serves. */
export function AdmitDialog(properties: Properties) {
  const { onClose } = properties;
  return (
    <Dialog
      isOpen
      isWide
      onClose={onClose}
      title={t('newcomers.admitTitle')}
      description={t('newcomers.admitHint')}
    >
      <Admission {...properties} />
    </Dialog>
  );
}

function Admission(properties: Properties) {
  const { newcomer, onClose } = properties;
  const { fingerprint } = newcomer;
  const targets = useScopeTargets();
  const [name, setName] = useState(newcomer.name);
  const [chosen, setChosen] = useState<string | null>(newcomer.scope);
  const [isCompared, setCompared] = useState(false);
  const scope = targets.find(({ value }) => value === chosen)?.value ?? '';
  const admit = useMutation({
    mutationFn: () =>
      call(joinCandidateRoutes.approve, { params: { fingerprint }, body: { name, scope } }),
    onSuccess: async (admitted) => {
      notify('ok', t('newcomers.admitted', { name: admitted.name }));
      await queryClient.invalidateQueries({ queryKey: ['join-candidates'] });
      onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    admit.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <Keys newcomer={newcomer} />
      <CheckField label={t('newcomers.compared')} isChecked={isCompared} onChange={setCompared} />
      <TextField
        label={t('field.name')}
        hint={t('controllers.nameHint')}
        value={name}
        onChange={setName}
        error={admit.error}
        pointer="/name"
        lengthMax={120}
        isRequired
      />
      <SelectField
        label={t('controllers.serves')}
        hint={t('controllers.servesHint')}
        value={scope}
        onChange={setChosen}
        error={admit.error}
        pointer="/scope"
        choices={[{ value: '', text: t('newcomers.choosePlace') }, ...targets]}
      />
      <ProblemNote error={admit.error} />
      <DialogButtons
        onCancel={onClose}
        submit={t('controllers.approve')}
        isBusy={admit.isPending}
        isDisabled={!isCompared || scope === ''}
      />
    </form>
  );
}

/** What stands on the screen of the newcomer's machine as well, and where it is. */
export function Keys(properties: { readonly newcomer: JoinCandidate }) {
  const { newcomer } = properties;
  const { fingerprint, parentFingerprint, address } = newcomer;
  return (
    <div className="rounded-lg border border-line-strong bg-bg px-4 py-3">
      <Facts
        facts={[
          [t('newcomers.key'), <KeyText fingerprint={fingerprint} isStrong />],
          [t('newcomers.ownKey'), <KeyText fingerprint={parentFingerprint} isStrong />],
          [t('field.address'), <Hostile text={address} isMono />],
        ]}
      />
    </div>
  );
}

/** Finds a controller that waits by the key that its machine shows: also one that is nobody's yet. */
export function KeyDialog(properties: { readonly onClose: () => void }) {
  const { onClose } = properties;
  const [text, setText] = useState('');
  const find = useMutation({
    mutationFn: (fingerprint: string) =>
      call(joinCandidateRoutes.read, { params: { fingerprint } }),
  });
  const fingerprint = readFingerprint(text);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (fingerprint !== undefined) find.mutate(fingerprint);
  };
  if (find.data?.state === 'waiting' || find.data?.state === 'denied') {
    return <AdmitDialog newcomer={find.data} onClose={onClose} />;
  }
  const isLong = text.trim() !== '' && fingerprint === undefined;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('newcomers.byKeyTitle')}
      description={t('newcomers.byKeyHint')}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField
          label={t('newcomers.key')}
          value={text}
          onChange={setText}
          fault={isLong ? t('newcomers.keyFault') : undefined}
          placeholder="1a2b-3c4d-5e6f-7a8b-9c0d-1e2f-3a4b-5c6d"
          lengthMax={100}
          isMono
          isRequired
        />
        {find.data && <p className="text-muted">{t('newcomers.decided')}</p>}
        <ProblemNote error={find.error} />
        <DialogButtons
          onCancel={onClose}
          submit={t('newcomers.find')}
          isBusy={find.isPending}
          isDisabled={fingerprint === undefined}
        />
      </form>
    </Dialog>
  );
}
