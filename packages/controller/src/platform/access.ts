import type { Visibility } from './authorize.ts';
import type { Person } from './person.ts';

/** Whose rights a transaction has: a person's, sign-in's, the link's and workers', or the exchange with other controllers'. */
export type Access = (
  | { readonly kind: 'visible'; readonly visibility: Visibility }
  | { readonly kind: 'auth' }
  | { readonly kind: 'ingest' }
  | { readonly kind: 'sync' }
) & {
  /** On whose behalf it is: told elsewhere of what they change, and how they read their own name. */
  readonly actor?: Person;
};
