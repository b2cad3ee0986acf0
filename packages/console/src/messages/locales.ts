export type Locale = 'en' | 'de' | 'pseudo';

export const locales: readonly Locale[] = ['en', 'de', 'pseudo'];

/** The language tag for `Intl` and for the document. */
export function tagOf(locale: Locale): string {
  return locale === 'pseudo' ? 'en' : locale;
}
