import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The version the programs are written for and shipped with. */
const NODE_MAJOR_MIN = 26;
const BUNDLED = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));

/**
 * Runs this very script again on the Node of the workspace when another, older one runs it, and
 * gives its exit code. Undefined: this one will do.
 */
export async function runOnBundledNode(): Promise<number | undefined> {
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) return undefined;
  const isThere = await access(BUNDLED).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    process.stdout.write(`Node ${NODE_MAJOR_MIN} is needed and not installed: run 'npm ci'.\n`);
    return 1;
  }
  return runProgram(BUNDLED, process.argv.slice(1));
}

/** Runs a program on this terminal; gives its exit code, 1 when it did not even start. */
export function runProgram(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], { stdio: 'inherit' });
    child.once('error', () => resolve(1));
    child.once('close', (code) => resolve(code ?? 1));
  });
}
