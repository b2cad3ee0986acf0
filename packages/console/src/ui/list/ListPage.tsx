import type { ReactNode } from 'react';
import { PageHead } from '../Page.tsx';
import type { ListDefinition, RowLike } from './definition.ts';
import { ListView } from './ListView.tsx';

/** A page that is one list. */
export function ListPage<Row extends RowLike>(properties: {
  readonly definition: ListDefinition<Row>;
  readonly actions?: ReactNode;
  /** What is to be seen before the list. */
  readonly children?: ReactNode;
}) {
  const { definition, actions, children } = properties;
  return (
    <div className="flex h-full flex-col gap-4 px-4 py-5 md:px-6">
      <PageHead title={definition.title} actions={actions} />
      {children}
      <ListView definition={definition} />
    </div>
  );
}
