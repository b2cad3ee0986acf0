/**
 * The text of a PostgreSQL array whose values need no quotes: ids, numbers, base64url, addresses.
 * The driver's own conversion of arrays costs more than the rest of an exchange.
 */
export function plainArray(values: readonly (string | number | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}
