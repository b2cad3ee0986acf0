import type { Visibility } from './authorize.ts';

/** Whose rights a transaction has: a person's, sign-in's, the link's and workers', or the exchange with other controllers'. */
export type Access = (
  | { readonly kind: 'visible'; readonly visibility: Visibility }
  | { readonly kind: 'auth' }
  | { readonly kind: 'ingest' }
  | { readonly kind: 'sync' }
) & {
  /** The address of the person on whose behalf it is, for what is told of their changes elsewhere. */
  readonly actor?: string;
};
