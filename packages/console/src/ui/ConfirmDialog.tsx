import { useMutation } from '@tanstack/react-query';
import type { FormEvent, ReactNode } from 'react';
import { Dialog, DialogButtons } from './Dialog.tsx';
import { ProblemNote } from './Problem.tsx';

/** Asks once before something that cannot be taken back, and says why when it fails. */
export function ConfirmDialog(properties: {
  readonly title: string;
  readonly description: string;
  readonly submit: string;
  readonly onClose: () => void;
  readonly run: () => Promise<unknown>;
  /** What there is to know before the answer. */
  readonly children?: ReactNode;
}) {
  const { title, description, submit, onClose, run, children } = properties;
  const mutation = useMutation({ mutationFn: run, onSuccess: onClose });
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <Dialog isOpen onClose={onClose} title={title} description={description}>
      <form onSubmit={onSubmit} className="flex flex-col gap-3">
        {children}
        <ProblemNote error={mutation.error} />
        <DialogButtons onCancel={onClose} submit={submit} isBusy={mutation.isPending} isDanger />
      </form>
    </Dialog>
  );
}
