import type { Upstream } from '@wardgrid/wire';

/** Which address of each controller above answered last: that one is tried first. In memory. */
export interface Addresses {
  /** All of an upstream, in the order in which to try them. */
  readonly of: (upstream: Pick<Upstream, 'nodeId' | 'urls'>) => readonly string[];
  readonly answered: (nodeId: string, url: string) => void;
  /** It took a request and said nothing: the others are tried before it. */
  readonly wentSilent: (nodeId: string, url: string) => void;
}

/** Deeper than any chain: a moved controller has other upstreams, and forgets the ones before. */
const NODES_MAX = 64;

export function createAddresses(): Addresses {
  const favourites = new Map<string, { readonly url: string; readonly isLast: boolean }>();
  const note = (nodeId: string, url: string, isLast: boolean): void => {
    favourites.delete(nodeId);
    if (favourites.size >= NODES_MAX) favourites.delete(favourites.keys().next().value ?? '');
    favourites.set(nodeId, { url, isLast });
  };
  return {
    of({ nodeId, urls }) {
      const known = favourites.get(nodeId);
      if (!known || !urls.includes(known.url)) return urls;
      const others = urls.filter((url) => url !== known.url);
      return known.isLast ? [...others, known.url] : [known.url, ...others];
    },
    answered: (nodeId, url) => note(nodeId, url, false),
    wentSilent: (nodeId, url) => note(nodeId, url, true),
  };
}
