import { ruleSetFields, ruleSetRoutes, type RuleSet } from '@wardgrid/wire';
import { useState } from 'react';
import { call, queryClient } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { visibleText } from '@wardgrid/base';
import { formatBytes } from '../../ui/format.ts';
import {
  numberColumn,
  personColumn,
  stateColumn,
  textColumn,
  timeColumn,
} from '../../ui/list/columns.tsx';
import type { ListDefinition } from '../../ui/list/definition.ts';
import { ListPage } from '../../ui/list/ListPage.tsx';
import { ImportDialog } from './ImportDialog.tsx';

const ruleSetList: ListDefinition<RuleSet> = {
  noun: 'rule-sets',
  title: t('nav.ruleSets'),
  fields: ruleSetFields,
  columns: [
    textColumn('name', (set) => set.name, {
      label: t('field.name'),
      sort: 'name',
      widthRem: 12,
      grow: 2,
    }),
    stateColumn('state', (set) => (set.isEnabled ? 'on' : 'off'), { label: t('field.state') }),
    textColumn('format', (set) => t(`ruleFormat.${set.format}`), {
      label: t('rules.format'),
      sort: 'format',
    }),
    numberColumn('rules', (set) => set.rules, { label: t('nav.rules'), sort: 'rules' }),
    textColumn('size', (set) => formatBytes(set.sizeBytes), { label: t('field.size') }),
    textColumn('licence', (set) => set.licence, { label: t('rules.licence') }),
    timeColumn('changedAt', (set) => set.changedAt, {
      label: t('field.changedAt'),
      sort: 'changedAt',
    }),
    personColumn('changedBy', (set) => set.changedBy, { label: t('field.changedBy') }),
    {
      key: 'actions',
      label: t('field.actions'),
      widthRem: 12,
      cell: (set) => <SetActions set={set} />,
      text: () => '',
    },
  ],
  defaultSort: 'name',
  permission: 'rules:read',
  load: (query, signal) => call(ruleSetRoutes.list, { query, signal }),
  nameOf: (set) => set.name,
  empty: { title: t('ruleSets.none'), text: t('ruleSets.noneHint') },
};

/** Detection content that a tenant brought along. */
export function RuleSetListPage() {
  const [isImporting, setImporting] = useState(false);
  const mayCreate = useMay('rules:create');
  return (
    <>
      <ListPage
        definition={ruleSetList}
        actions={
          mayCreate && (
            <button
              type="button"
              className="button button-solid"
              onClick={() => setImporting(true)}
            >
              {t('ruleSets.import')}
            </button>
          )
        }
      />
      {isImporting && <ImportDialog onClose={() => setImporting(false)} />}
    </>
  );
}

function SetActions(properties: { readonly set: RuleSet }) {
  const { set } = properties;
  const [asked, setAsked] = useState<'switch' | 'delete' | null>(null);
  const mayChange = useMay('rules:update');
  const mayDelete = useMay('rules:delete');
  const params = { id: set.id };
  const flip = set.isEnabled ? t('action.disable') : t('action.enable');
  const after = async (work: Promise<unknown>): Promise<void> => {
    await work;
    await queryClient.invalidateQueries({ queryKey: ['rule-sets'] });
    await queryClient.invalidateQueries({ queryKey: ['rules'] });
  };
  return (
    <span className="flex gap-1.5">
      {mayChange && (
        <button type="button" className="button button-small" onClick={() => setAsked('switch')}>
          {flip}
        </button>
      )}
      {mayDelete && (
        <button
          type="button"
          className="button button-small button-danger"
          onClick={() => setAsked('delete')}
        >
          {t('action.delete')}
        </button>
      )}
      {asked && (
        <ConfirmDialog
          title={visibleText(set.name)}
          description={t(asked === 'delete' ? 'ruleSets.deleteHint' : 'ruleSets.switchHint')}
          submit={asked === 'delete' ? t('action.delete') : flip}
          onClose={() => setAsked(null)}
          run={() =>
            after(
              asked === 'delete'
                ? call(ruleSetRoutes.delete, { params })
                : call(ruleSetRoutes.update, { params, body: { isEnabled: !set.isEnabled } }),
            )
          }
        />
      )}
    </span>
  );
}
