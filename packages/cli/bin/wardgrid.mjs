#!/usr/bin/env node
/* The launcher: the one door to every program. It runs on any Node from 20 on, hands over to the
   bundled Node 26 where the one that started it is older, answers `--version` itself, and imports the
   program that the first word names. Programs never import each other: only this file knows them all. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** TypeScript runs directly, and `node:sqlite` is stable, from here on. */
const NODE_MAJOR_MIN = 26;

const PROGRAMS = {
  controller: '../../controller/src/main.ts',
  agent: '../../agent/src/main.ts',
  simulate: '../../agent/src/main.ts',
  bench: '../../../bench/src/main.ts',
};
const CLI = '../src/main.ts';

/** Programs that take their own name as the first argument: two of them share one `main`. */
const NAMED = new Set(['agent', 'simulate']);

const SIGNALS_FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];

function versionOf() {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}

/** Where the bundled Node of this system lies, or undefined when it is not installed. */
function bundledNodePath() {
  const require = module.createRequire(import.meta.url);
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const file = system === 'win' ? 'bin/node.exe' : 'bin/node';
  for (const name of [`node-${system}-${process.arch}`, `node-bin-${system}-${process.arch}`]) {
    try {
      return require.resolve(`${name}/${file}`);
    } catch {
      // The other name may be the installed one.
    }
  }
  return undefined;
}

/** Runs the same command with another Node and ends as it ends. */
function handOver(nodePath) {
  const script = fileURLToPath(import.meta.url);
  const child = spawn(nodePath, [...process.execArgv, script, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const signal of SIGNALS_FORWARDED) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => {
    process.stderr.write(`wardgrid: the bundled Node could not be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

async function dispatch(words) {
  module.enableCompileCache?.();
  const [first = '', ...rest] = words;
  const isProgram = Object.hasOwn(PROGRAMS, first);
  const { main } = await import(isProgram ? PROGRAMS[first] : CLI);
  process.exitCode = await main(isProgram && !NAMED.has(first) ? rest : words);
}

async function start() {
  const words = process.argv.slice(2);
  if (words[0] === '--version' || words[0] === '-V') {
    process.stdout.write(`${versionOf()}\n`);
    return;
  }
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) {
    await dispatch(words);
    return;
  }
  const nodePath = bundledNodePath();
  if (nodePath) {
    handOver(nodePath);
    return;
  }
  process.stderr.write(
    `wardgrid: needs Node ${NODE_MAJOR_MIN} or newer, this is ${process.versions.node}, and no ` +
      'bundled Node is installed (install with optional dependencies)\n',
  );
  process.exitCode = 1;
}

await start();
