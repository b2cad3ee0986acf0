/* Writes the contract as OpenAPI 3.1: `node scripts/openapi.ts`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { OPENAPI_FILE, openApiText } from '../test/generated/files.ts';

await mkdir(new URL('./', OPENAPI_FILE), { recursive: true });
await writeFile(OPENAPI_FILE, openApiText());
