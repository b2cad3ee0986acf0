/* Writes what the rules look for, by technique: `node scripts/coverage.ts`. */
import { writeFile } from 'node:fs/promises';
import { COVERAGE_FILE, coverageText } from '../test/content/coverage-text.ts';

await writeFile(COVERAGE_FILE, coverageText());
