import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { Severity } from '@wardgrid/wire';

const FOLDER = fileURLToPath(new URL('acts/', import.meta.url));
/** The least severity and the technique that a finding must have; `-` for none in particular. */
const EXPECTS = /^# expects: (?<severity>\w+) (?<technique>T\d{4}(?:\.\d{3})?|-)$/m;

const Expected = z.object({ severity: Severity, technique: z.string() });

/** A script that acts out one heuristic, and what must come of it. */
export interface Act extends z.infer<typeof Expected> {
  readonly script: string;
  readonly path: string;
}

/** All acts. @throws Error when one does not say what it expects. */
export function readActs(): readonly Act[] {
  return globSync('*.sh', { cwd: FOLDER })
    .toSorted()
    .map((script) => {
      const path = `${FOLDER}${script}`;
      const expected = EXPECTS.exec(readFileSync(path, 'utf8'))?.groups;
      return { script: basename(script), path, ...Expected.parse(expected) };
    });
}
