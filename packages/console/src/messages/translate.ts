/** A message that depends on `count`, by CLDR plural category; English and German need two. */
interface Plural {
  readonly one: string;
  readonly other: string;
}
export type Message = string | Plural;
export type Values = Readonly<Record<string, string | number>>;

/** The names in braces of a message. */
type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

/** What a message must be given: the names in its braces, and `count` when it has plural forms. */
export type NamesOf<Text> = Text extends { readonly other: infer Other }
  ? 'count' | NamesIn<Other>
  : NamesIn<Text>;

/** The same keys with the same kinds of message, in any language. */
export type CatalogueLike<Words> = {
  readonly [Key in keyof Words]: Words[Key] extends string ? string : Plural;
};

const rules = new Map<string, Intl.PluralRules>();
const numbers = new Map<string, Intl.NumberFormat>();

/** The words of a message in a language, with values put in; numbers are written as its people do. */
export function format(message: Message, locale: string, values: Values): string {
  const text = typeof message === 'string' ? message : formOf(message, locale, values['count']);
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? formatNumber(value, locale) : value;
  });
}

function formOf(message: Plural, locale: string, count: string | number | undefined): string {
  const known = rules.get(locale) ?? new Intl.PluralRules(locale);
  rules.set(locale, known);
  return known.select(Number(count ?? 0)) === 'one' ? message.one : message.other;
}

/** A number as the people of a language write it. */
export function formatNumber(value: number, locale: string): string {
  const known = numbers.get(locale) ?? new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  numbers.set(locale, known);
  return known.format(value);
}

const ACCENTS: Readonly<Record<string, string>> = {
  a: 'á',
  e: 'é',
  i: 'í',
  o: 'ó',
  u: 'ú',
  c: 'ç',
  n: 'ñ',
  s: 'š',
  y: 'ý',
  A: 'Á',
  E: 'É',
  O: 'Ó',
  S: 'Š',
};

/** A text that shows what is not translated and what is cut off: accented, a third longer, in brackets. */
export function pseudo(text: string): string {
  const accented = text
    .split(/(\{\w+\})/)
    .map((part) =>
      part.startsWith('{')
        ? part
        : part.replaceAll(/[a-z]/gi, (letter) => ACCENTS[letter] ?? letter),
    )
    .join('');
  return `⟦${accented}${'·'.repeat(Math.ceil(text.length / 3))}⟧`;
}

/** A whole catalogue made pseudo. */
export function pseudoCatalogue<Words extends Readonly<Record<string, Message>>>(
  words: Words,
): CatalogueLike<Words> {
  const entries = Object.entries(words).map(([key, message]): [string, Message] => [
    key,
    typeof message === 'string'
      ? pseudo(message)
      : { one: pseudo(message.one), other: pseudo(message.other) },
  ]);
  return Object.fromEntries(entries) as CatalogueLike<Words>;
}
