import type { ReactNode } from 'react';
import { PageHead } from '../Page.tsx';
import type { ListDefinition, RowLike } from './definition.ts';
import { ListView } from './ListView.tsx';

/** A page that is one list. */
export function ListPage<Row extends RowLike>(properties: {
  readonly definition: ListDefinition<Row>;
  readonly actions?: ReactNode;
}) {
  const { definition, actions } = properties;
  return (
    <div className="flex h-full flex-col gap-4 px-4 py-5 md:px-6">
      <PageHead title={definition.title} actions={actions} />
      <ListView definition={definition} />
    </div>
  );
}
