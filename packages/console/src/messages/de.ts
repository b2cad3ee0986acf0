import { chain } from './de/chain.ts';
import { frame } from './de/frame.ts';
import { pages } from './de/pages.ts';
import { protection } from './de/protection.ts';
import { words } from './de/words.ts';
import type { en } from './en.ts';
import type { CatalogueLike } from './translate.ts';

/** German. */
export const de: CatalogueLike<typeof en> = {
  ...words,
  ...frame,
  ...pages,
  ...protection,
  ...chain,
};
