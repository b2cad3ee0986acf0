import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { t } from '../../messages/index.ts';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';

/** Asks for a name and does something with it. */
export function NameDialog(properties: {
  readonly title: string;
  readonly name: string;
  readonly submit: string;
  readonly onClose: () => void;
  readonly run: (name: string) => Promise<unknown>;
}) {
  const { title, submit, onClose, run } = properties;
  const [name, setName] = useState(properties.name);
  const mutation = useMutation({ mutationFn: () => run(name), onSuccess: onClose });
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <Dialog isOpen onClose={onClose} title={title}>
      <form onSubmit={onSubmit} className="flex flex-col gap-3">
        <TextField
          label={t('field.name')}
          value={name}
          onChange={setName}
          error={mutation.error}
          pointer="/name"
          lengthMax={120}
          isRequired
        />
        <ProblemNote error={mutation.error} />
        <DialogButtons onCancel={onClose} submit={submit} isBusy={mutation.isPending} />
      </form>
    </Dialog>
  );
}
