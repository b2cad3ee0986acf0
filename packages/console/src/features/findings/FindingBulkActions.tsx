import { useMutation, useQueryClient } from '@tanstack/react-query';
import { findingRoutes } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { changeEach } from '../../ui/list/change-each.ts';
import type { Chosen } from '../../ui/list/definition.ts';
import { problemText } from '../../ui/Problem.tsx';

/** What a state change is called when a person does it. */
export const findingVerbs = [
  { state: 'resolved', text: t('action.resolve') },
  { state: 'ignored', text: t('action.ignore') },
  { state: 'open', text: t('action.reopen') },
] as const;

/** Settles the chosen findings. */
export function FindingBulkActions(properties: { readonly chosen: Chosen }) {
  const { chosen } = properties;
  const mayChange = useMay('findings:update');
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (state: (typeof findingVerbs)[number]['state']) =>
      changeEach(chosen, (id) => call(findingRoutes.update, { params: { id }, body: { state } })),
    onSuccess: async (changed) => {
      notify('ok', t('list.changed', { count: changed }));
      chosen.clear();
      await client.invalidateQueries({ queryKey: ['findings'] });
    },
    onError: (error) => notify('bad', problemText(error)),
  });
  if (!mayChange) return null;
  return findingVerbs.map(({ state, text }) => (
    <button
      key={state}
      type="button"
      className="button button-small"
      disabled={change.isPending || !('ids' in chosen.selection)}
      onClick={() => change.mutate(state)}
    >
      {text}
    </button>
  ));
}
