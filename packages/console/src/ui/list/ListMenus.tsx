import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { savedViewRoutes, type SavedView } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { n, t } from '../../messages/index.ts';
import { dismiss, notify } from '../../store.ts';
import { Dialog, DialogButtons } from '../Dialog.tsx';
import { TextField } from '../Field.tsx';
import { Icon } from '../Icon.tsx';
import { Menu, MenuCheck, MenuItem, MenuSeparator } from '../Menu.tsx';
import { ProblemNote, problemText } from '../Problem.tsx';
import type { Column, ListDefinition, ListState, RowLike } from './definition.ts';
import { download, exportRows, type ExportKind } from './export.ts';

interface MenuProperties<Row extends RowLike> {
  readonly definition: ListDefinition<Row>;
  readonly columns: readonly Column<Row>[];
  readonly state: ListState;
  readonly onState: (change: Partial<ListState>) => void;
}

/** Which columns are shown. */
export function ColumnMenu<Row extends RowLike>(properties: MenuProperties<Row>) {
  const { definition, columns, onState } = properties;
  const shown = new Set(columns.map((column) => column.key));
  const show = (key: string, isShown: boolean): void => {
    const keys = definition.columns
      .map((column) => column.key)
      .filter((candidate) => (candidate === key ? isShown : shown.has(candidate)));
    if (keys.length > 0) onState({ columns: keys });
  };
  return (
    <Menu
      label={t('list.columns')}
      trigger={<Icon name="columns" />}
      className="button button-icon"
    >
      {definition.columns.map((column) => (
        <MenuCheck
          key={column.key}
          isChecked={shown.has(column.key)}
          onChange={(isShown) => show(column.key, isShown)}
        >
          {column.label}
        </MenuCheck>
      ))}
      <MenuSeparator />
      <MenuItem onSelect={() => onState({ columns: undefined })}>{t('list.columnsReset')}</MenuItem>
    </Menu>
  );
}

/** The person's own saved views of this list. */
export function ViewMenu<Row extends RowLike>(properties: MenuProperties<Row>) {
  const { definition, state, onState, columns } = properties;
  const [isNaming, setNaming] = useState(false);
  const client = useQueryClient();
  const views = useQuery({
    queryKey: ['saved-views'],
    queryFn: ({ signal }) => call(savedViewRoutes.list, { signal }),
  });
  const remove = useMutation({
    mutationFn: (view: SavedView) => call(savedViewRoutes.delete, { params: { id: view.id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['saved-views'] }),
  });
  const own = (views.data?.data ?? []).filter((view) => view.noun === definition.noun);
  const apply = (view: SavedView): void =>
    onState({
      filter: view.filter,
      sort: view.sort ?? definition.defaultSort,
      columns: view.columns ?? undefined,
    });
  const current = own.find((view) => view.filter === state.filter && view.sort === state.sort);
  return (
    <>
      <Menu
        label={t('list.views')}
        trigger={<Icon name="bookmark" />}
        className="button button-icon"
      >
        {own.length === 0 && <p className="max-w-56 px-2 py-1 text-muted">{t('list.noViews')}</p>}
        {own.map((view) => (
          <MenuItem key={view.id} onSelect={() => apply(view)}>
            <Icon name="bookmark" />
            {view.name}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem onSelect={() => setNaming(true)}>{t('list.saveView')}</MenuItem>
        {current && (
          <MenuItem onSelect={() => remove.mutate(current)}>
            {t('list.deleteView', { name: current.name })}
          </MenuItem>
        )}
      </Menu>
      <SaveView
        isOpen={isNaming}
        onClose={() => setNaming(false)}
        view={{
          noun: definition.noun,
          filter: state.filter,
          sort: state.sort,
          columns: columns.map((column) => column.key),
        }}
      />
    </>
  );
}

function SaveView(properties: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly view: Pick<SavedView, 'noun' | 'filter' | 'sort' | 'columns'>;
}) {
  const { isOpen, onClose, view } = properties;
  const [name, setName] = useState('');
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => call(savedViewRoutes.create, { body: { ...view, name } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['saved-views'] });
      setName('');
      onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t('list.saveView')}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField label={t('field.name')} value={name} onChange={setName} isRequired />
        <ProblemNote error={save.error} />
        <DialogButtons onCancel={onClose} submit={t('action.save')} isBusy={save.isPending} />
      </form>
    </Dialog>
  );
}

/** Hands over exactly what is shown: these columns, this filter, this order. */
export function ExportMenu<Row extends RowLike>(
  properties: MenuProperties<Row> & { readonly filter: string; readonly total: number },
) {
  const { definition, columns, state, filter, total } = properties;
  const run = async (kind: ExportKind): Promise<void> => {
    const started = notify('ok', t('list.exporting', { count: total }));
    try {
      const blob = await exportRows({
        definition,
        columns,
        request: { filter, sort: state.sort },
        kind,
        signal: new AbortController().signal,
        onProgress: () => undefined,
      });
      download(blob, `${definition.noun}.${kind}`);
    } catch (error) {
      notify('bad', problemText(error));
    } finally {
      dismiss(started);
    }
  };
  return (
    <Menu
      label={t('list.export')}
      trigger={<Icon name="download" />}
      className="button button-icon"
    >
      <p className="px-2 py-1 text-xs text-muted">{t('list.exportWhat', { count: total })}</p>
      <MenuItem onSelect={() => void run('csv')}>CSV</MenuItem>
      <MenuItem onSelect={() => void run('jsonl')}>JSON Lines</MenuItem>
      <p className="sr-only">{n(total)}</p>
    </Menu>
  );
}
