import { labelOf, type Actor } from './authorize.ts';

/** Who acts, as far as it is told of what they do. */
export type Person = Pick<Actor, 'accountId' | 'email' | 'scope'>;

/**
 * What is kept of who did something: their account and the node that it is bound to, so that nobody
 * below learns an address from it. The database tells it as each reader may know it (`person_of`).
 */
export function referenceOf({ accountId, scope }: Omit<Person, 'email'>): string {
  const node = scope === '' ? 'platform' : scope.slice(scope.lastIndexOf('.') + 1);
  return `account:${accountId}@${labelOf(node)}`;
}
