import { codeOf } from './code.ts';
import { isCode, isTest, type Source } from './sources.ts';

/** The words are spelled with a class each, so that this file does not find itself. */
const LATER = /\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b/;
const OUT_OF_RUN =
  /\b(?:test|it|describe|suite|bench)(?:\.\w+)*\.(?:only|skip|todo|skipIf|runIf|fails)\b|\b(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(|\bvi\.(?:mock|doMock|hoisted)\b|\bcontext\.skip\b/;
const LINT_OFF = /(?:oxlint|eslint)-disable|@ts-(?:ignore|nocheck|expect-error)|oxfmt-ignore/;

function faultsOf(
  sources: readonly Source[],
  find: (source: Source) => string | undefined,
): readonly string[] {
  return sources.flatMap((source) => {
    const fault = find(source);
    return fault === undefined ? [] : [`${source.path}: ${fault}`];
  });
}

/** Every test runs, none alone, none against a pretended module. */
export function testsAllRun(sources: readonly Source[]): readonly string[] {
  return faultsOf(
    sources.filter((source) => isCode(source)),
    (source) => {
      const found = OUT_OF_RUN.exec(codeOf(source.text).bare);
      return found ? `'${found[0]}'` : undefined;
    },
  );
}

/** Nothing is left for later without an owner. Prose may speak of it. */
export function nothingIsLeftForLater(sources: readonly Source[]): readonly string[] {
  return faultsOf(
    sources.filter(({ path }) => !path.endsWith('.md')),
    ({ text }) => {
      const found = LATER.exec(text);
      return found ? `'${found[0]}'` : undefined;
    },
  );
}

/** A limit is kept by splitting, never by a comment. */
export function noRuleIsSwitchedOff(sources: readonly Source[]): readonly string[] {
  const own = 'test/architecture/text-rules.ts';
  return faultsOf(
    sources.filter((source) => isCode(source) && source.path !== own),
    ({ text }) => {
      const found = LINT_OFF.exec(text);
      return found ? `'${found[0]}'` : undefined;
    },
  );
}

/** Rule 5: only each program's `config.ts` reads the environment. */
export function onlyConfigReadsTheEnvironment(sources: readonly Source[]): readonly string[] {
  const programs = sources.filter(
    (source) =>
      isCode(source) && !isTest(source) && !/^packages\/[^/]+\/src\/config\.ts$/.test(source.path),
  );
  return faultsOf(programs, (source) =>
    /\bprocess\s*\.\s*env\b|\bprocess\s*\[|\bimport\.meta\.env\b/.test(codeOf(source.text).bare)
      ? 'reads the environment'
      : undefined,
  );
}

/** Time and waiting come from the clock that a thing was given. */
export function timeComesFromAClock(sources: readonly Source[]): readonly string[] {
  const programs = sources.filter(
    (source) =>
      isCode(source) &&
      !isTest(source) &&
      /^packages\/(?:controller|agent|cli)\//.test(source.path),
  );
  return faultsOf(programs, (source) => {
    const found =
      /\bnew Date\(\)|\b(?:Date\.now|setTimeout|setInterval|performance\.now|Math\.random)\b/.exec(
        codeOf(source.text).bare,
      );
    return found ? `uses '${found[0]}' instead of its clock or randomness` : undefined;
  });
}

/** Only accounts know addresses: what others keep of who acted is a reference (ADR 0026). */
export function peopleAreKeptByReference(sources: readonly Source[]): readonly string[] {
  const features = sources.filter(
    (source) =>
      isCode(source) &&
      !isTest(source) &&
      /^packages\/controller\/src\/features\/(?!accounts\/)/.test(source.path),
  );
  return faultsOf(features, (source) =>
    /\bemail\b/.test(codeOf(source.text).bare) ? 'keeps an address of a person' : undefined,
  );
}

/** Where the machines of developers keep things; data of tests may show such paths of others. */
const MACHINE_PATHS = /(?:^|[\s'"`(=:])\/(?:work|farm|home|root|Users|mnt|private\/tmp)\/[\w.-]+/m;
const REGISTRIES = new RegExp(
  String.raw`registry\.(?:npmjs|yarnpkg|npmmirror)\.|\bpypi\.${'org'}|proxy\.golang\.${'org'}|index\.docker\.io|\bartifactory\b`,
);

/** Detection rules speak of the folders of the devices they look at. */
const DEVICE_CONTENT = /^rules\//;

/** The tree runs anywhere: it knows no machine's folders and no registry. */
export function treeKnowsNoMachine(sources: readonly Source[]): readonly string[] {
  const own = /^test\/architecture\//;
  return faultsOf(
    sources.filter(({ path }) => !own.test(path)),
    (source) => {
      const registry = REGISTRIES.exec(source.text);
      if (registry) return `names the registry '${registry[0]}'`;
      if (isTest(source) || DEVICE_CONTENT.test(source.path)) return undefined;
      const path = MACHINE_PATHS.exec(source.text);
      return path ? `names the folder '${path[0].trim()}'` : undefined;
    },
  );
}
