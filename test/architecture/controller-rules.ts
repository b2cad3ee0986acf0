import { importsOf, type Import } from './imports.ts';
import { isTest, type Source } from './sources.ts';

/** Which feature may enter which other, one a line, each with its reason. */
const FEATURE_EDGES: ReadonlyMap<string, string> = new Map([
  ['accounts → tenants', 'set-up makes the first tenant; a session names the node it belongs to'],
  ['discovery → findings', 'what a scan found is judged'],
  ['rules → policies', 'a switch or exception holds at a place as a policy does'],
  ['link → devices', 'an exchange is about one device'],
  ['link → jobs', 'orders go down, results come up'],
]);

/** HTTP itself. A feature meets it in its routes alone. */
const HTTP = /^(?:fastify|@fastify\/.*|node:https?|node:http2|ws)$|\/platform\/http(?:-app)?\.ts$/;
/** Files that are an edge of HTTP under another name, each with its reason. */
const HTTP_FILES: ReadonlyMap<string, string> = new Map([
  ['packages/controller/src/features/link/http-body.ts', 'the exchange is read past Fastify'],
  ['packages/controller/src/features/accounts/authenticate.ts', 'headers say who somebody is'],
  ['packages/controller/src/features/sync/exchange/signing.ts', 'headers carry signatures'],
  ['packages/controller/src/features/sync/exchange/authentication.ts', 'headers say who calls'],
  ['packages/controller/src/features/sync/exchange/listeners.ts', 'news are written to who waits'],
  ['packages/controller/src/features/sync/exchange/push-ear.ts', 'news are read as they come'],
]);

const FEATURE = /^packages\/controller\/src\/features\/([^/]+)\//;

function featureOf(path: string | null): string | undefined {
  return FEATURE.exec(path ?? '')?.[1];
}

function inController(sources: readonly Source[]): readonly Import[] {
  return importsOf(
    sources.filter(
      (source) => source.path.startsWith('packages/controller/src/') && !isTest(source),
    ),
  );
}

/** Rule 4, first half: features enter each other by their doors, along the edges listed. */
export function featuresEnterByDoors(sources: readonly Source[]): readonly string[] {
  return inController(sources).flatMap((one) => {
    const from = featureOf(one.from);
    const into = featureOf(one.target);
    if (into === undefined || from === into) return [];
    if (one.from.startsWith('packages/controller/src/platform/')) {
      return [`${one.from}: the platform imports the feature '${into}'`];
    }
    if (one.target !== `packages/controller/src/features/${into}/index.ts`) {
      return [`${one.from}: enters '${into}' past its door: ${one.specifier}`];
    }
    if (from === undefined || FEATURE_EDGES.has(`${from} → ${into}`)) return [];
    return [`${one.from}: the edge '${from} → ${into}' is not listed`];
  });
}

/** An edge nobody uses is an invitation: it goes. */
export function listedEdgesAreUsed(sources: readonly Source[]): readonly string[] {
  const used = new Set(
    inController(sources).map((one) => `${featureOf(one.from)} → ${featureOf(one.target)}`),
  );
  return [...FEATURE_EDGES.keys()]
    .filter((edge) => !used.has(edge))
    .map((edge) => `unused: ${edge}`);
}

/** Rule 4, second half: SQL in repositories alone, HTTP in routes alone. */
export function roomsKeepTheirTools(sources: readonly Source[]): readonly string[] {
  return inController(sources).flatMap((one) => {
    if (featureOf(one.from) === undefined) return [];
    const specifier = one.specifier ?? '';
    const file = one.from.split('/').at(-1) ?? '';
    if (/^(?:kysely|pg|pg-.*)$/.test(specifier) && !/^(?:[a-z-]+-)?repository\.ts$/.test(file)) {
      return [`${one.from}: imports '${specifier}': SQL belongs into a repository`];
    }
    const isEdge = /^(?:[a-z-]+-)?routes\.ts$/.test(file) || HTTP_FILES.has(one.from);
    if (HTTP.test(specifier) && !isEdge) {
      return [`${one.from}: imports '${specifier}': HTTP belongs into routes.ts`];
    }
    return [];
  });
}
