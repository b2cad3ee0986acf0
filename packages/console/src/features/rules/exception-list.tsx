import { ruleExceptionFields, ruleExceptionRoutes, type ScopedRuleException } from '@wardgrid/wire';
import { useState } from 'react';
import { call, queryClient } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Nothing } from '../../ui/Hostile.tsx';
import { numberColumn, personColumn, textColumn, timeColumn } from '../../ui/list/columns.tsx';
import type { ListDefinition } from '../../ui/list/definition.ts';
import { selectionText } from '../findings/index.ts';

/** The list of exceptions, the newest first. */
export const exceptionList: ListDefinition<ScopedRuleException> = {
  noun: 'rule-exceptions',
  title: t('nav.exceptions'),
  fields: ruleExceptionFields,
  columns: [
    textColumn('selection', (exception) => selectionText(exception.selection), {
      label: t('exceptions.selection'),
      widthRem: 16,
      grow: 2.5,
      isMono: true,
    }),
    textColumn('reason', (exception) => exception.reason, {
      label: t('field.reason'),
      widthRem: 10,
      grow: 1.5,
    }),
    numberColumn('hidden', (exception) => exception.hidden, { label: t('exceptions.hidden') }),
    textColumn('target', (exception) => exception.targetName, {
      label: t('policy.target'),
      sort: 'target',
    }),
    textColumn('ruleId', (exception) => exception.ruleId ?? t('exceptions.everyRule'), {
      label: t('field.rule'),
      sort: 'ruleId',
      isMono: true,
    }),
    timeColumn('expiresAt', (exception) => exception.expiresAt, {
      label: t('field.expiresAt'),
      sort: 'expiresAt',
    }),
    personColumn('createdBy', (exception) => exception.createdBy, {
      label: t('field.createdBy'),
      sort: 'createdBy',
    }),
    {
      key: 'actions',
      label: t('field.actions'),
      widthRem: 7,
      cell: (exception) => <RemoveButton exception={exception} />,
      text: () => '',
    },
  ],
  defaultSort: '-createdAt',
  permission: 'rules:read',
  load: (query, signal) => call(ruleExceptionRoutes.list, { query, signal }),
  nameOf: (exception) => exception.reason,
  empty: { title: t('exceptions.none'), text: t('exceptions.noneHint') },
};

function RemoveButton(properties: { readonly exception: ScopedRuleException }) {
  const { exception } = properties;
  const [isAsking, setAsking] = useState(false);
  const mayChange = useMay('rules:update');
  if (!mayChange) return <Nothing />;
  const run = async (): Promise<void> => {
    await call(ruleExceptionRoutes.delete, { params: { id: exception.id } });
    await queryClient.invalidateQueries({ queryKey: ['rule-exceptions'] });
  };
  return (
    <>
      <button
        type="button"
        className="button button-small button-danger"
        onClick={() => setAsking(true)}
      >
        {t('action.delete')}
      </button>
      {isAsking && (
        <ConfirmDialog
          title={t('exceptions.deleteTitle')}
          description={t('exceptions.deleteHint')}
          submit={t('action.delete')}
          onClose={() => setAsking(false)}
          run={run}
        />
      )}
    </>
  );
}
