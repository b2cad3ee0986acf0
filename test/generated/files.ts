import { openApiDocument } from './openapi.ts';

export const OPENAPI_FILE = new URL('../../docs/generated/openapi.json', import.meta.url);
export const SCHEMA_FILE = new URL('../../docs/generated/schema.sql', import.meta.url);

/** The text of `docs/generated/openapi.json`. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(), undefined, 1)}\n`;
}
