import { useParams, useSearch } from '@tanstack/react-router';
import type { Search } from './RouterLink.tsx';

/** The id in the address of the page; empty where a page has none. */
export function usePathId(): string {
  const params: { readonly id?: string } = useParams({ strict: false });
  return params.id ?? '';
}

/** The search values of the address, all plain text. */
export function useSearchValues(): Search {
  const search: Search = useSearch({ strict: false });
  return search;
}
