import { useMutation } from '@tanstack/react-query';
import { deviceRoutes, jobRoutes } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t, wordOr } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Icon } from '../../ui/Icon.tsx';
import type { Chosen } from '../../ui/list/definition.ts';
import { ProblemNote, problemText } from '../../ui/Problem.tsx';

type BulkTask = (typeof jobRoutes.createMany)['body']['_zod']['input']['task'];

/** What can be done with many devices at once. */
export function DeviceBulkActions(properties: { readonly chosen: Chosen }) {
  const { chosen } = properties;
  const mayRun = useMay('jobs:create');
  const mayChange = useMay('devices:update');
  const [isTagging, setTagging] = useState(false);
  const run = useMutation({
    mutationFn: (task: BulkTask) =>
      call(jobRoutes.createMany, { body: { selection: chosen.selection, task } }),
    onSuccess: (made) => {
      notify('ok', t('devices.jobsMade', { count: made.jobs }));
      for (const [code, count] of countsOf(made.refused.map((refusal) => refusal.code))) {
        notify('bad', t('devices.jobsRefused', { count, reason: wordOr(`problem.${code}`, code) }));
      }
      chosen.clear();
    },
    onError: (error) => notify('bad', problemText(error)),
  });
  return (
    <>
      {mayRun && (
        <>
          <button
            type="button"
            className="button button-small"
            disabled={run.isPending}
            onClick={() => run.mutate({ kind: 'discovery' })}
          >
            <Icon name="scan" className="size-3.5" />
            {t('scan.action')}
          </button>
          <button
            type="button"
            className="button button-small"
            disabled={run.isPending}
            onClick={() => run.mutate({ kind: 'inventory', sections: [...ALL_SECTIONS] })}
          >
            <Icon name="jobs" className="size-3.5" />
            {t('devices.collect')}
          </button>
          <button
            type="button"
            className="button button-small"
            disabled={run.isPending}
            onClick={() => run.mutate({ kind: 'malware-scan', scope: 'quick' })}
          >
            <Icon name="shield" className="size-3.5" />
            {t('malwareScan.quick')}
          </button>
        </>
      )}
      {mayChange && (
        <button type="button" className="button button-small" onClick={() => setTagging(true)}>
          <Icon name="tag" className="size-3.5" />
          {t('devices.tag')}
        </button>
      )}
      <TagDialog isOpen={isTagging} onClose={() => setTagging(false)} chosen={chosen} />
    </>
  );
}

const ALL_SECTIONS = ['system', 'hardware', 'network', 'users', 'software', 'services'] as const;

function countsOf(codes: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}

function TagDialog(properties: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly chosen: Chosen;
}) {
  const { isOpen, onClose, chosen } = properties;
  const [added, setAdded] = useState('');
  const [removed, setRemoved] = useState('');
  const change = useMutation({
    mutationFn: () =>
      call(deviceRoutes.bulkUpdate, {
        body: {
          selection: chosen.selection,
          addTags: tagsOf(added),
          removeTags: tagsOf(removed),
        },
      }),
    onSuccess: ({ changed }) => {
      notify('ok', t('devices.changed', { count: changed }));
      onClose();
      chosen.clear();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  const isEmpty = tagsOf(added).length === 0 && tagsOf(removed).length === 0;
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t('devices.tag')}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField
          label={t('devices.addTags')}
          hint={t('devices.tagsHint')}
          value={added}
          onChange={setAdded}
        />
        <TextField label={t('devices.removeTags')} value={removed} onChange={setRemoved} />
        <ProblemNote error={change.error} />
        <DialogButtons
          onCancel={onClose}
          submit={t('devices.tagMany', { count: chosen.count })}
          isBusy={change.isPending}
          isDisabled={isEmpty}
        />
      </form>
    </Dialog>
  );
}

/** Tags as typed: separated by commas. */
export function tagsOf(text: string): string[] {
  return text
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}
