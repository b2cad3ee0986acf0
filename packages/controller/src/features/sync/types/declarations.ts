import { createHash } from 'node:crypto';
import type { SyncType } from './type.ts';

/** What a controller knew of each type, by name: another digest means other columns or rules. */
export type Declarations = Readonly<
  Record<string, { readonly digest: string; readonly isInherited: boolean }>
>;

/** The types in a form that is kept with the rows, to see at a later start what changed. */
export function declarationsOf(types: readonly SyncType[]): Declarations {
  return Object.fromEntries(
    types.map((type) => [
      type.name,
      {
        digest: createHash('sha256').update(JSON.stringify(type)).digest('hex'),
        isInherited: type.isInherited,
      },
    ]),
  );
}
