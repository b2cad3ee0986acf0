/** Any JSON value. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/**
 * The one text of a JSON value for signing (RFC 8785, JSON Canonicalization Scheme): keys sorted by
 * UTF-16 code units, no white space, numbers as ECMAScript prints them. Keys whose value is
 * `undefined` are left out. @throws TypeError on NaN, infinities, lone surrogates and non-JSON values.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return number(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (typeof value === 'object') return object(value);
  throw new TypeError(`not JSON: ${typeof value}`);
}

function object(value: object): string {
  let members = '';
  // Without a rule of its own, an order of texts is that of their UTF-16 code units.
  for (const key of Object.keys(value).toSorted()) {
    const member: unknown = Reflect.get(value, key);
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${quote(key)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

function quote(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('not JSON: lone surrogate');
  return JSON.stringify(text);
}

function number(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError('not JSON: number is not finite');
  return JSON.stringify(value);
}
