import { chain } from './en/chain.ts';
import { frame } from './en/frame.ts';
import { pages } from './en/pages.ts';
import { protection } from './en/protection.ts';
import { words } from './en/words.ts';

/** English: the language that every other one follows. */
export const en = { ...words, ...frame, ...pages, ...protection, ...chain };
