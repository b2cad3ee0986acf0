import { cpSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileLab } from '@wardgrid/agent/sensors/files/testing/file-lab';
import { createSeededRandom } from '@wardgrid/base';

/** What the client is asked to do. */
export type ClientQuestion =
  | { readonly kind: 'read'; readonly listFile: string }
  /** A line of shell, after a folder was removed. */
  | { readonly kind: 'shell'; readonly line: string; readonly removeFolder?: string };

/** How it went. */
export interface ClientAnswer {
  readonly ms: number;
  readonly refusedCount: number;
  readonly openP50Us: number;
  readonly openP99Us: number;
}

/** What is measured: a name, and what the client does. */
export interface Workload {
  readonly name: 'read' | 'tar' | 'exec' | 'unpack';
  readonly question: ClientQuestion;
}

const FILES_A_FOLDER = 200;
/** Small files as they lie in home folders and source trees. */
const [SMALL_BYTES_MIN, SMALL_BYTES_MAX] = [700, 9_000];
/** The tree that is packed and unpacked: what npm installed here. */
const TREE = fileURLToPath(new URL('../../../node_modules/', import.meta.url));
const TREE_BYTES_MAX = 120 * 1_024 * 1_024;
const TREE_FILE_BYTES_MAX = 2 * 1_024 * 1_024;

/** Puts everything on the filesystem, and lists what there is to do. */
export function makeWorkloads(lab: FileLab, fileCount: number, execCount: number): Workload[] {
  const list = writeSmallFiles(lab, fileCount);
  const treeFiles = Math.floor(fileCount / 2);
  copyTree(lab.at('tree'), treeFiles);
  const archive = `${lab.mountPoint}.tar`;
  return [
    { name: 'read', question: { kind: 'read', listFile: list } },
    {
      name: 'tar',
      question: { kind: 'shell', line: `tar -cf - -C ${lab.at('tree')} . | cat >${archive}` },
    },
    {
      name: 'exec',
      question: {
        kind: 'shell',
        line: `i=0; while [ $i -lt ${execCount} ]; do ${lab.at('true')}; i=$((i+1)); done`,
      },
    },
    {
      name: 'unpack',
      question: {
        kind: 'shell',
        line: `mkdir ${lab.at('unpacked')}; tar -xf ${archive} -C ${lab.at('unpacked')}`,
        removeFolder: lab.at('unpacked'),
      },
    },
  ];
}

/** The first files of the list, as a list of its own. */
export function writeSublist(lab: FileLab, count: number): string {
  return writeList(`${lab.mountPoint}.some`, smallPaths(lab, count));
}

function smallPaths(lab: FileLab, count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    lab.at(`small/${Math.floor(index / FILES_A_FOLDER)}/file${index}.txt`),
  );
}

function writeList(path: string, paths: readonly string[]): string {
  writeFileSync(path, paths.join('\n'));
  return path;
}

function writeSmallFiles(lab: FileLab, count: number): string {
  const random = createSeededRandom(1);
  const text = readdirSync(TREE, { recursive: false }).join(' ').repeat(40);
  const paths = smallPaths(lab, count);
  for (const path of paths) {
    const size =
      SMALL_BYTES_MIN + Math.floor(random.fraction() * (SMALL_BYTES_MAX - SMALL_BYTES_MIN));
    const start = Math.floor(random.fraction() * Math.max(1, text.length - size));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.slice(start, start + size));
  }
  cpSync('/bin/true', lab.at('true'));
  return writeList(`${lab.mountPoint}.list`, paths);
}

function copyTree(to: string, filesMax: number): void {
  let [files, bytes] = [0, 0];
  const copy = (from: string, into: string): void => {
    mkdirSync(into, { recursive: true });
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      if (files >= filesMax || bytes >= TREE_BYTES_MAX) return;
      const [source, target] = [join(from, entry.name), join(into, entry.name)];
      if (entry.isDirectory()) copy(source, target);
      else if (entry.isFile() && statSync(source).size <= TREE_FILE_BYTES_MAX) {
        cpSync(source, target);
        files += 1;
        bytes += statSync(source).size;
      }
    }
  };
  copy(TREE, to);
}
