import { isCode, type Source } from './sources.ts';

const BANNED =
  /^(?:utils?|helpers?|common|misc|manager|shared|stuff|lib|.*[-.](?:utils?|helpers?|manager))$/i;
/** Folder and file names that a person or a tool outside gives. */
const GIVEN = /^(?:README|ARCHITECTURE|CONTRIBUTING|LICENSE|AGENTS)\.md$|^Dockerfile|^\./;

/** Names of files are nouns in kebab-case, components in PascalCase, and no name that says nothing. */
export function fileNamesSaySomething(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ path }) => {
    const parts = path.split('/');
    const file = parts.at(-1) ?? '';
    const stem = file.replace(/(?:\.(?:pg|net))?(?:\.test|\.config)?\.[a-z]+$/, '');
    const faults: string[] = [];
    for (const part of [...parts.slice(0, -1), stem]) {
      if (BANNED.test(part)) faults.push(`${path}: '${part}' says nothing`);
    }
    const isComponent = file.endsWith('.tsx') && /^[A-Z][A-Za-z0-9]+$/.test(stem);
    const isKebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*$/.test(stem);
    if (isCode({ path, text: '' }) && !isKebab && !isComponent && !GIVEN.test(file)) {
      faults.push(`${path}: '${file}' is not kebab-case`);
    }
    return faults;
  });
}

/** Where each folder is named after a noun of the product. */
const NOUN_FOLDERS = /^packages\/(?:controller\/src|console\/src)\/features\/([^/]+)\//;
const NOUN_COMMANDS = /^packages\/cli\/src\/commands\/([a-z-]+)\.ts$/;

/**
 * One noun, one name: features of controller and console carry the names of the wire's files or
 * routes, or of what the design lists beside them.
 */
export function nounsHaveOneName(
  sources: readonly Source[],
  nouns: ReadonlySet<string>,
): readonly string[] {
  const found = new Set(
    sources.flatMap(({ path }) => {
      const noun = (NOUN_FOLDERS.exec(path) ?? NOUN_COMMANDS.exec(path))?.[1];
      return noun === undefined || noun === 'index' ? [] : [noun];
    }),
  );
  return [...found]
    .filter((noun) => !nouns.has(noun))
    .map((noun) => `'${noun}' is no noun of ours`);
}

/** Shortest opening that can say what a thing is, what it owns and what it must not do. */
const PARAGRAPH_LENGTH_MIN = 100;
const DOORS =
  /^packages\/[^/]+\/src\/index\.ts$|^packages\/controller\/src\/features\/[^/]+\/index\.ts$/;

/** Every package and feature door opens with a paragraph. */
export function doorsOpenWithAParagraph(sources: readonly Source[]): readonly string[] {
  return sources
    .filter(({ path }) => DOORS.test(path))
    .flatMap(({ path, text }) => {
      const comment = /^(?:#![^\n]*\n)?\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? '';
      const prose = comment
        .replaceAll(/^\s*\*/gm, '')
        .replaceAll(/\s+/g, ' ')
        .trim();
      const isParagraph =
        prose.length >= PARAGRAPH_LENGTH_MIN && prose.split(/\.(?: |$)/).length > 2;
      return isParagraph ? [] : [`${path}: opens with no paragraph`];
    });
}
