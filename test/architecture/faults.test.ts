import { describe, expect, test } from 'vitest';
import { featuresEnterByDoors, roomsKeepTheirTools } from './controller-rules.ts';
import { codeOf } from './code.ts';
import {
  agentsParseNoYaml,
  importsAreNamed,
  importsMakeNoCycles,
  importsPointDown,
  pureTouchesNoMachine,
} from './import-rules.ts';
import { importsIn } from './imports.ts';
import { doorsOpenWithAParagraph, fileNamesSaySomething, nounsHaveOneName } from './name-rules.ts';
import type { Source } from './sources.ts';
import {
  noRuleIsSwitchedOff,
  nothingIsLeftForLater,
  onlyConfigReadsTheEnvironment,
  testsAllRun,
  peopleAreKeptByReference,
  timeComesFromAClock,
  treeKnowsNoMachine,
} from './text-rules.ts';

function at(path: string, text: string): Source {
  return { path, text };
}

const feature = 'packages/controller/src/features';

describe('imports are found', () => {
  test.each([
    ["import { a } from './a.ts';", './a.ts'],
    ["import type { A } from './a.ts';", './a.ts'],
    ["import a, {\n  type B,\n  c,\n} from './a.ts';", './a.ts'],
    ["import * as a from './a.ts';", './a.ts'],
    ["import './a.ts';", './a.ts'],
    ["export * from './a.ts';", './a.ts'],
    ["export { a } from './a.ts';", './a.ts'],
    ["export type { A } from './a.ts';", './a.ts'],
    ["const a = await import('./a.ts');", './a.ts'],
    ['const a = await import(`./a.ts`);', './a.ts'],
    ["type A = import('./a.ts').A;", './a.ts'],
    ["const a = require('./a.ts');", './a.ts'],
    ["const text = `${await import('./a.ts')}`;", './a.ts'],
    ["const quote = /['\"]/; import b from './a.ts';", './a.ts'],
  ])('%s', (text, expected) => {
    expect(importsIn(at('x.ts', text)).map((one) => one.specifier)).toEqual([expected]);
  });

  test('a computed one is found and has no name', () => {
    expect(importsIn(at('x.ts', 'await import(`./${name}.ts`)'))[0]?.specifier).toBeNull();
    expect(importsIn(at('x.ts', "await import('./' + name)"))[0]?.specifier).toBeNull();
    const path = 'packages/agent/src/x.ts';
    expect(importsAreNamed([at(path, 'await import(name)')])).toHaveLength(1);
  });

  test.each([
    "// import './a.ts';",
    "/* import { a } from './a.ts'; */",
    'const text = "import \'./a.ts\'";',
    "const text = `import './a.ts'`;",
    'import.meta.url;',
    'client.import(name);',
  ])('none in %s', (text) => {
    expect(importsIn(at('x.ts', text))).toEqual([]);
  });
});

test('blanking keeps every offset and every line', () => {
  const text = "const a = 'x'; // y\nconst b = `z${a}`;\n";
  const { bare, withStrings } = codeOf(text);
  expect(bare).toHaveLength(text.length);
  expect(withStrings).toHaveLength(text.length);
  expect(bare).toBe("const a = ' ';     \nconst b = ` ${a}`;\n");
});

/** For each rule: what it must find, and what it must let pass. */
const PLANTED: Readonly<
  Record<
    string,
    {
      readonly rule: (sources: readonly Source[]) => readonly string[];
      readonly bad: readonly Source[];
      readonly good: readonly Source[];
    }
  >
> = {
  'imports point down': {
    rule: importsPointDown,
    bad: [
      at('packages/base/src/a.ts', "import { b } from '@wardgrid/wire';"),
      at('packages/agent/src/a.ts', "import { b } from '@wardgrid/controller';"),
      at('packages/cli/src/a.ts', "import type { B } from '@wardgrid/agent';"),
      at('packages/console/src/a.ts', "import { b } from '@wardgrid/detection';"),
      at('packages/agent/src/a.ts', "import { b } from '@wardgrid/wire/jobs';"),
      at('packages/agent/src/a.ts', "import { b } from '@wardgrid/detection/read';"),
      at('packages/agent/src/a.ts', "import { b } from '../../controller/src/app.ts';"),
      at('packages/agent/src/a.ts', "await import('@wardgrid/test/database/database');"),
      at('packages/agent/src/a.ts', "import { b } from '../../../test/database/database.ts';"),
    ],
    good: [
      at('packages/agent/src/a.ts', "import { systemClock } from '@wardgrid/base/system';"),
      at('packages/wire/src/a.ts', "import { b } from '@wardgrid/base';"),
      at('packages/cli/src/a.ts', "import { b } from '@wardgrid/detection/read';"),
      at('packages/agent/src/a.test.ts', "import { b } from '../../../test/database/database.ts';"),
      at('test/journeys/a.test.ts', "import { b } from '@wardgrid/controller/app';"),
    ],
  },
  'the door of agents reaches no YAML': {
    rule: agentsParseNoYaml,
    bad: [at('packages/detection/src/index.ts', "import { parse } from 'yaml';")],
    good: [at('packages/detection/src/read.ts', "import { parse } from 'yaml';")],
  },
  'engines touch no machine': {
    rule: pureTouchesNoMachine,
    bad: [
      at('packages/base/src/a.ts', "import { readFile } from 'node:fs';"),
      at('packages/wire/src/a.ts', "import { readFile } from 'fs/promises';"),
      at('packages/trust/src/a.ts', 'const now = Date.now();'),
      at('packages/wire/src/a.ts', 'setTimeout(() => {}, 1);'),
      at('packages/wire/src/a.ts', 'process.exit(1);'),
    ],
    good: [
      at('packages/base/src/system.ts', 'const now = Date.now();'),
      at('packages/wire/src/a.ts', '// Date.now() is for others.\nconst process = 1;'),
      at('packages/wire/src/a.test.ts', "import { readFile } from 'node:fs';"),
      at('packages/controller/src/a.ts', "import { readFile } from 'node:fs';"),
    ],
  },
  'no cycles': {
    rule: importsMakeNoCycles,
    bad: [
      at('packages/agent/src/a.ts', "import type { B } from './b.ts';"),
      at('packages/agent/src/b.ts', "import { a } from './a.ts';"),
    ],
    good: [
      at('packages/agent/src/a.ts', "import { b } from './b.ts'; import { c } from './c.ts';"),
      at('packages/agent/src/b.ts', "import { c } from './c.ts';"),
      at('packages/agent/src/c.ts', ''),
    ],
  },
  'features enter by doors': {
    rule: featuresEnterByDoors,
    bad: [
      at(`${feature}/link/a.ts`, "import { b } from '../devices/repository.ts';"),
      at(`${feature}/tenants/a.ts`, "import { b } from '../link/index.ts';"),
      at('packages/controller/src/platform/a.ts', "import { b } from '../features/link/index.ts';"),
    ],
    good: [
      at(`${feature}/link/a.ts`, "import { b } from '../devices/index.ts';"),
      at(`${feature}/link/a.ts`, "import { b } from './exchange.ts';"),
      at('packages/controller/src/app.ts', "import { b } from './features/link/index.ts';"),
    ],
  },
  'rooms keep their tools': {
    rule: roomsKeepTheirTools,
    bad: [
      at(`${feature}/jobs/service.ts`, "import { sql } from 'kysely';"),
      at(`${feature}/jobs/service.ts`, "import pg from 'pg';"),
      at(`${feature}/jobs/service.ts`, "import type { Http } from '../../platform/http.ts';"),
      at(`${feature}/jobs/service.ts`, "import type { FastifyRequest } from 'fastify';"),
      at(`${feature}/jobs/worker.ts`, "import { WebSocket } from 'ws';"),
    ],
    good: [
      at(`${feature}/jobs/repository.ts`, "import { sql } from 'kysely';"),
      at(`${feature}/jobs/order-repository.ts`, "import { sql } from 'kysely';"),
      at(`${feature}/jobs/routes.ts`, "import type { Http } from '../../platform/http.ts';"),
      at('packages/controller/src/platform/list.ts', "import { sql } from 'kysely';"),
    ],
  },
  'file names': {
    rule: fileNamesSaySomething,
    bad: [
      at('packages/agent/src/utils.ts', ''),
      at('packages/agent/src/string-helpers.ts', ''),
      at('packages/agent/src/common/a.ts', ''),
      at('packages/agent/src/jobManager.ts', ''),
      at('packages/agent/src/job-manager.ts', ''),
      at('packages/agent/src/Job.ts', ''),
    ],
    good: [
      at('packages/agent/src/job-list.pg.test.ts', ''),
      at('packages/console/src/ui/Field.tsx', ''),
      at('packages/controller/migrations/0001_platform.sql', ''),
      at('vitest.config.ts', ''),
      at('README.md', ''),
    ],
  },
  'doors open with a paragraph': {
    rule: doorsOpenWithAParagraph,
    bad: [
      at('packages/agent/src/index.ts', "export * from './a.ts';"),
      at(`${feature}/jobs/index.ts`, '/** Jobs. */\nexport {};'),
    ],
    good: [
      at(
        `${feature}/jobs/index.ts`,
        '/**\n * Jobs that people ask of devices, from the asking to the result. Owns the tables of\n * jobs and orders. It must not know how a device is reached.\n */\nexport {};',
      ),
    ],
  },
  'every test runs': {
    rule: testsAllRun,
    bad: [
      at('a.test.ts', "test.only('x', () => {});"),
      at('a.test.ts', "describe.skip('x', () => {});"),
      at('a.test.ts', "test.concurrent.todo('x');"),
      at('a.test.ts', "test.skipIf(true)('x', () => {});"),
      at('a.test.ts', "xit('x', () => {});"),
      at('a.test.ts', "vi.mock('./a.ts');"),
    ],
    good: [at('a.test.ts', "test('only .skip in words', () => { list.only(1); });")],
  },
  'nothing is left for later': {
    rule: nothingIsLeftForLater,
    bad: [at('a.ts', ['// TO', 'DO mend'].join('')), at('a.sql', ['-- FIX', 'ME'].join(''))],
    good: [at('a.ts', '// A todo list is a noun.')],
  },
  'no rule is switched off': {
    rule: noRuleIsSwitchedOff,
    bad: [
      at('a.ts', ['// ox', 'lint-disable-next-line no-console'].join('')),
      at('a.ts', ['// @ts-', 'ignore'].join('')),
    ],
    good: [at('a.ts', '// A lint rule says so.')],
  },
  'only config.ts reads the environment': {
    rule: onlyConfigReadsTheEnvironment,
    bad: [
      at('packages/agent/src/a.ts', 'const home = process.env.HOME;'),
      at('packages/agent/src/a.ts', "const { env } = process['env'];"),
      at('scripts/a.ts', 'spawn(program, { env: process.env });'),
    ],
    good: [
      at('packages/agent/src/config.ts', 'const environment = process.env;'),
      at('packages/agent/src/a.ts', '// process.env is for config.ts.'),
    ],
  },
  'time comes from a clock': {
    rule: timeComesFromAClock,
    bad: [
      at('packages/agent/src/a.ts', 'const now = Date.now();'),
      at('packages/controller/src/a.ts', 'setInterval(sweep, 1_000);'),
      at('packages/cli/src/a.ts', 'const now = new Date();'),
    ],
    good: [
      at('packages/agent/src/a.ts', 'const now = new Date(clock.now());'),
      at('packages/agent/src/a.test.ts', 'const now = Date.now();'),
    ],
  },
  'people are kept by reference': {
    rule: peopleAreKeptByReference,
    bad: [
      at('packages/controller/src/features/jobs/a.ts', 'const createdBy = context.actor.email;'),
      at('packages/controller/src/features/jobs/a.ts', 'const { email } = context.actor;'),
    ],
    good: [
      at('packages/controller/src/features/jobs/a.ts', 'const createdBy = referenceOf(actor);'),
      at('packages/controller/src/features/accounts/a.ts', 'const { email } = actor;'),
    ],
  },
  'the tree knows no machine': {
    rule: treeKnowsNoMachine,
    bad: [
      at('scripts/a.ts', "const root = '/home/somebody/wardgrid';"),
      at('README.md', 'Look into /Users/somebody.'),
      at('deploy/a.sh', ['npm --registry https://registry', '.npmjs.org'].join('')),
    ],
    good: [
      at('packages/agent/src/a.test.ts', "const line = 'ann:x:1000:1000::/home/ann:/bin/sh';"),
      at('README.md', 'Agents live in /opt/wardgrid.'),
    ],
  },
};

describe.each(Object.entries(PLANTED))('%s', (_, { rule, bad, good }) => {
  // A cycle needs both of its files; every other fault must be found alone.
  const cases = rule === importsMakeNoCycles ? [bad] : bad.map((one) => [one]);

  test.each(cases.map((sources) => [sources[0]?.text, sources] as const))(
    'finds %s',
    (_text, sources) => {
      expect(rule(sources)).toHaveLength(1);
    },
  );

  test('lets the rest pass', () => {
    expect(rule(good)).toEqual([]);
  });
});

test('a folder of features is a noun of ours', () => {
  const sources = [at(`${feature}/jobs/index.ts`, ''), at(`${feature}/tasks/index.ts`, '')];
  expect(nounsHaveOneName(sources, new Set(['jobs']))).toEqual(["'tasks' is no noun of ours"]);
});
