/**
 * The words of the console in each language. English is loaded with the console, others when
 * chosen. A key that a language lacks, or a value that a message needs, does not compile.
 * It must not know any page.
 */
import { en } from './en.ts';
import { tagOf, type Locale } from './locales.ts';
import { pseudoCatalogue, format, formatNumber } from './translate.ts';
import type { CatalogueLike, Message, NamesOf, Values } from './translate.ts';

type Words = typeof en;
export type MessageKey = keyof Words;
/** The messages that need no value. */
export type PlainKey = {
  [Key in MessageKey]: [NamesOf<Words[Key]>] extends [never] ? Key : never;
}[MessageKey];
type Catalogue = CatalogueLike<Words>;
export { locales, type Locale } from './locales.ts';

interface Language {
  readonly locale: Locale;
  readonly catalogue: Catalogue;
}

let current: Language = { locale: 'en', catalogue: en };

/** Loads a language and speaks it from now on. The caller draws everything anew. */
export async function speak(locale: Locale): Promise<void> {
  current = { locale, catalogue: await catalogueOf(locale) };
  document.documentElement.lang = tagOf(locale);
}

async function catalogueOf(locale: Locale): Promise<Catalogue> {
  if (locale === 'de') return (await import('./de.ts')).de;
  return locale === 'pseudo' ? pseudoCatalogue(en) : en;
}

/** The language tag in use. */
export function languageTag(): string {
  return tagOf(current.locale);
}

type Given<Key extends MessageKey> = [NamesOf<Words[Key]>] extends [never]
  ? []
  : [Readonly<Record<NamesOf<Words[Key]>, string | number>>];

/** The words of a message, with its values put in. */
export function t<Key extends MessageKey>(key: Key, ...given: Given<Key>): string {
  const values: Values = given[0] ?? {};
  return format(current.catalogue[key], languageTag(), values);
}

/** The words of a key that may not exist, such as one made of a code: `fallback` then. */
export function wordOr(key: string, fallback: string): string {
  const catalogue: Readonly<Record<string, Message | undefined>> = current.catalogue;
  const message = catalogue[key];
  return typeof message === 'string' ? message : fallback;
}

/** A number as the people of the language write it. */
export function n(value: number): string {
  return formatNumber(value, languageTag());
}
