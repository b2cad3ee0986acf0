import type { ComponentProps } from 'react';
import { t } from '../../messages/index.ts';
import type { ListDefinition, RowLike } from '../../ui/list/definition.ts';
import { ListView } from '../../ui/list/ListView.tsx';
import { PageHead } from '../../ui/Page.tsx';
import { SyncTabs } from './SyncTabs.tsx';

/** A page of the sync centre that is one list. */
export function SyncListPage<Row extends RowLike>(properties: {
  readonly definition: ListDefinition<Row>;
  readonly current: ComponentProps<typeof SyncTabs>['current'];
}) {
  const { definition, current } = properties;
  return (
    <div className="flex h-full flex-col gap-4 px-4 py-5 md:px-6">
      <PageHead title={definition.title} parent={{ to: '/sync', text: t('nav.sync') }} />
      <SyncTabs current={current} />
      <ListView definition={definition} />
    </div>
  );
}
