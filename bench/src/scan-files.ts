import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  globSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createScanFolder, type ScanFolder } from '@wardgrid/agent/signatures/testing/files';
import { startClamd, type PrivateClamd } from '@wardgrid/agent/signatures/testing/private-clamd';
import { figureOf, type Bench, type BenchContext, type Figure } from './figure.ts';
import { endedChildrenSeconds, usageOf } from './process-usage.ts';

/* The agent's file scanner against `yara` and `clamdscan`: the same rules over the same files of this
   machine's packages, in turns. Ours also takes the SHA-256 of each file, looks for EICAR and opens
   archives; none of the files is one. */

const RULES = fileURLToPath(new URL('../../rules/yara/', import.meta.url));
const OURS = fileURLToPath(new URL('./yardsticks/file-scan.ts', import.meta.url));
const FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/lib', '/usr/share'];
/** Walks stop here: enough of each kind are found long before. */
const FILES_MAX = 120_000;
const LARGE = { sizeMin: 1_048_576, sizeMax: 16 * 1_048_576 };
const SMALL = { sizeMin: 64, sizeMax: 65_536 };
const ARCHIVE = /\.(?:gz|xz|bz2|zst|zip|jar|whl|tar|deb|7z|a)$/;

interface Corpus {
  readonly name: 'large' | 'small';
  readonly paths: readonly string[];
  readonly bytes: number;
  readonly listPath: string;
}

interface Turn {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

interface Scanner {
  readonly name: string;
  readonly run: (corpus: Corpus) => Turn;
}

/** MB per CPU-second and files per second, with the rules of the product. */
export const bench: Bench = {
  name: 'scan-files',
  summary: 'the file scanner against yara and clamdscan with equal rules',
  async run(context) {
    const folder = createScanFolder();
    context.defer(() => folder.close());
    const rules = globSync('**/*.yar', { cwd: RULES }).toSorted();
    const texts = rules.map((name) => readFileSync(RULES + name, 'utf8'));
    const rulesPath = folder.write('rules.yar', texts.join('\n'));
    const corpora = findCorpora(folder, context.isQuick);
    const ours = oursWith(rulesPath);
    const clamd = await clamdWith(context, folder, texts);
    const yara = yaraWith(folder, rulesPath);
    const runs = context.isQuick ? 2 : 5;
    const rows = { large: [ours, yara], small: [ours, yara, ...(clamd ? [clamd] : [])] };
    return corpora.flatMap((corpus) =>
      compare(context, { corpus, scanners: rows[corpus.name], runs }),
    );
  },
};

function findCorpora(folder: ScanFolder, isQuick: boolean): readonly Corpus[] {
  const found = FOLDERS.flatMap((path) => filesBelow(path))
    .toSorted()
    .slice(0, FILES_MAX);
  return [
    corpusOf(folder, {
      name: 'large',
      found,
      ...LARGE,
      bytesMax: (isQuick ? 48 : 300) * 1_000_000,
    }),
    corpusOf(folder, { name: 'small', found, ...SMALL, bytesMax: (isQuick ? 12 : 60) * 1_000_000 }),
  ];
}

/** Every n-th fitting file until there are enough bytes: the same ones each time on the same machine. */
function corpusOf(
  folder: ScanFolder,
  given: {
    readonly name: Corpus['name'];
    readonly found: readonly string[];
    readonly sizeMin: number;
    readonly sizeMax: number;
    readonly bytesMax: number;
  },
): Corpus {
  const fitting = given.found
    .map((path) => ({ path, size: statSync(path).size }))
    .filter(({ size }) => size >= given.sizeMin && size < given.sizeMax);
  const all = fitting.reduce((sum, { size }) => sum + size, 0);
  const step = Math.max(1, Math.floor(all / given.bytesMax));
  const chosen = fitting.filter(({ path }, index) => index % step === 0 && !isPacked(path));
  const paths = chosen.map(({ path }) => path);
  const bytes = chosen.reduce((sum, { size }) => sum + size, 0);
  const listPath = folder.write(`${given.name}.list`, `${paths.join('\n')}\n`);
  return { name: given.name, paths, bytes, listPath };
}

/** ZIP and gzip by their first bytes: some have other names. */
function isPacked(path: string): boolean {
  const head = Buffer.alloc(2);
  const fd = openSync(path, 'r');
  readSync(fd, head);
  closeSync(fd);
  return ['504b', '1f8b'].includes(head.toString('hex'));
}

/** Links are not followed: some packages have one that leads to the root. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() && !ARCHIVE.test(entry.name) && !entry.name.includes('\n') ? [path] : [];
  });
}

function oursWith(rulesPath: string): Scanner {
  return {
    name: 'wardgrid',
    run({ listPath }) {
      const output = execFileSync(process.execPath, [OURS, rulesPath, listPath], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return JSON.parse(output.toString()) as Turn;
    },
  };
}

function yaraWith(folder: ScanFolder, rulesPath: string): Scanner {
  const compiled = join(folder.path, 'rules.yarc');
  execFileSync('yarac', ['-w', rulesPath, compiled]);
  const args = ['--no-warnings', '--threads=1', '--compiled-rules', '--scan-list', compiled];
  return { name: 'yara', run: ({ listPath }) => timed('yara', [...args, listPath]) };
}

/** The files of rules that ClamAV can read: its own YARA is of an older kind. */
function knownToClamav(folder: ScanFolder, texts: readonly string[]): readonly string[] {
  return texts.filter((text) => {
    const path = folder.write('one.yar', text);
    const args = [`--database=${path}`, '--no-summary', path];
    return spawnSync('clamscan', args, { stdio: 'ignore' }).status !== 2;
  });
}

/** A clamd with the same rules and no other, or undefined where none can be started. */
async function clamdWith(
  context: BenchContext,
  folder: ScanFolder,
  texts: readonly string[],
): Promise<Scanner | undefined> {
  mkdirSync(join(folder.path, 'database'));
  const known = knownToClamav(folder, texts);
  context.say(`clamd takes ${known.length} of ${texts.length} files of rules`);
  folder.write('database/rules.yar', known.join('\n'));
  let clamd: PrivateClamd;
  try {
    clamd = await startClamd(folder, ['DisableCache yes']);
  } catch {
    context.say('no clamd here: left out');
    return undefined;
  }
  context.defer(() => clamd.kill());
  return {
    name: 'clamdscan',
    run({ listPath }) {
      const before = usageOf(clamd.pid).ownSeconds;
      const options = ['--fdpass', '--multiscan', '--no-summary', '--quiet'];
      const turn = timed('clamdscan', [
        `--config-file=${clamd.configPath}`,
        ...options,
        `--file-list=${listPath}`,
      ]);
      return { ...turn, cpuSeconds: turn.cpuSeconds + usageOf(clamd.pid).ownSeconds - before };
    },
  };
}

function timed(command: string, args: readonly string[]): Turn {
  const cpuBefore = endedChildrenSeconds();
  const startedAt = performance.now();
  const { status, error } = spawnSync(command, args, { stdio: 'ignore' });
  // clamdscan ends with 1 when it found something, with 2 when it could not do it.
  if (error || status === null || status > 1) throw new Error(`${command} ended with ${status}`);
  return {
    wallSeconds: (performance.now() - startedAt) / 1_000,
    cpuSeconds: endedChildrenSeconds() - cpuBefore,
  };
}

function compare(
  context: BenchContext,
  given: { readonly corpus: Corpus; readonly scanners: readonly Scanner[]; readonly runs: number },
): readonly Figure[] {
  const { corpus, scanners, runs } = given;
  context.say(`${corpus.name}: ${corpus.paths.length} files, ${Math.round(corpus.bytes / 1e6)} MB`);
  const turns = new Map<string, Turn[]>(scanners.map(({ name }) => [name, []]));
  for (let round = 0; round < runs; round += 1) {
    for (const scanner of scanners) {
      context.signal.throwIfAborted();
      turns.get(scanner.name)?.push(scanner.run(corpus));
    }
  }
  const ours = turns.get('wardgrid') ?? [];
  return scanners.flatMap(({ name }) => [
    ...figuresOf(corpus, name, turns.get(name) ?? []),
    ...(name === 'wardgrid' ? [] : ratiosOf(corpus, name, { ours, theirs: turns.get(name) ?? [] })),
  ]);
}

function figuresOf(corpus: Corpus, name: string, turns: readonly Turn[]): readonly Figure[] {
  const figure = (what: string, unit: string) => ({
    bench: 'scan-files',
    figure: `${corpus.name}_${name}_${what}`,
    goal: '–',
    unit,
  });
  return [
    figureOf(
      figure('mb_per_cpu_second', 'MB a CPU s'),
      turns.map(({ cpuSeconds }) => corpus.bytes / 1e6 / cpuSeconds),
    ),
    figureOf(
      figure('files_per_second', 'files/s'),
      turns.map(({ wallSeconds }) => corpus.paths.length / wallSeconds),
    ),
  ];
}

function ratiosOf(
  corpus: Corpus,
  name: string,
  { ours, theirs }: { readonly ours: readonly Turn[]; readonly theirs: readonly Turn[] },
): readonly Figure[] {
  const ratios = (pick: (turn: Turn) => number): number[] =>
    ours.map((turn, index) => pick(theirs[index] ?? turn) / pick(turn));
  const cpuGoal = corpus.name === 'large' && name === 'yara' ? '>=1.0' : '–';
  const wallGoal = corpus.name === 'small' && name === 'clamdscan' ? '>=5' : '–';
  const figure = (what: string, goal: string) => ({
    bench: 'scan-files',
    figure: `${corpus.name}_${what}_to_${name}`,
    goal,
    unit: 'ratio',
  });
  return [
    figureOf(
      figure('cpu_ratio', cpuGoal),
      ratios(({ cpuSeconds }) => cpuSeconds),
    ),
    figureOf(
      figure('files_ratio', wallGoal),
      ratios(({ wallSeconds }) => wallSeconds),
    ),
  ];
}
