import { Permission, routes } from '@wardgrid/wire';
import { describe, expect, test } from 'vitest';
import {
  featuresEnterByDoors,
  listedEdgesAreUsed,
  roomsKeepTheirTools,
} from './controller-rules.ts';
import {
  agentsParseNoYaml,
  importsAreNamed,
  importsMakeNoCycles,
  importsPointDown,
  pureTouchesNoMachine,
} from './import-rules.ts';
import { doorsOpenWithAParagraph, fileNamesSaySomething, nounsHaveOneName } from './name-rules.ts';
import { readTree, type Source } from './sources.ts';
import {
  noRuleIsSwitchedOff,
  nothingIsLeftForLater,
  onlyConfigReadsTheEnvironment,
  testsAllRun,
  peopleAreKeptByReference,
  timeComesFromAClock,
  treeKnowsNoMachine,
} from './text-rules.ts';

const tree = await readTree();

/** Nouns beside those of routes: the design's list of features that have no route of their own. */
const NOUNS_WITHOUT_ROUTES = [
  'discovery',
  'live',
  'overview',
  'settings',
  'controllers',
  'sync',
  'ledger',
  'health',
  'releases',
  'notices',
  'rules',
];

/** Commands that are verbs about oneself or the command line (surface.md). */
const VERB_COMMANDS = ['login', 'logout', 'whoami', 'completion'];

const RULES: Readonly<Record<string, (sources: readonly Source[]) => readonly string[]>> = {
  'imports point down, by the doors': importsPointDown,
  'imports say what they import': importsAreNamed,
  'the door of agents reaches no YAML': agentsParseNoYaml,
  'engines and contracts touch no machine': pureTouchesNoMachine,
  'files import each other in no circle': importsMakeNoCycles,
  'features enter each other by their doors': featuresEnterByDoors,
  'every edge that is listed is used': listedEdgesAreUsed,
  'SQL stays in repositories, HTTP in routes': roomsKeepTheirTools,
  'file names say something': fileNamesSaySomething,
  'doors open with a paragraph': doorsOpenWithAParagraph,
  'every test runs': testsAllRun,
  'nothing is left for later': nothingIsLeftForLater,
  'no rule is switched off': noRuleIsSwitchedOff,
  'only config.ts reads the environment': onlyConfigReadsTheEnvironment,
  'time comes from a clock': timeComesFromAClock,
  'people are kept by reference': peopleAreKeptByReference,
  'the tree knows no machine': treeKnowsNoMachine,
};

describe('the tree', () => {
  test('is read', () => {
    const paths = tree.map(({ path }) => path);
    expect(paths).toContain('packages/base/src/index.ts');
    expect(paths).toContain('packages/controller/migrations/0001_platform.sql');
    expect(paths).toContain('.ci/run');
    expect(paths.filter((path) => path.includes('node_modules'))).toEqual([]);
  });

  test.each(Object.entries(RULES))('%s', (_, rule) => {
    expect(rule(tree)).toEqual([]);
  });

  test('one noun has one name', () => {
    expect(
      nounsHaveOneName(
        tree,
        new Set([...Object.keys(routes), ...NOUNS_WITHOUT_ROUTES, ...VERB_COMMANDS]),
      ),
    ).toEqual([]);
  });

  test('a permission is about a noun of the routes', () => {
    const nouns = new Set(Object.keys(routes));
    const strays = Permission.options.filter((name) => !nouns.has(name.split(':')[0] ?? ''));
    expect(strays).toEqual([]);
  });
});
