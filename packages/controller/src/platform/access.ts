import type { Visibility } from './authorize.ts';

/** Whose rights a transaction has: a person's, sign-in's, or the link's and workers'. */
export type Access =
  | { readonly kind: 'visible'; readonly visibility: Visibility }
  | { readonly kind: 'auth' }
  | { readonly kind: 'ingest' };
