/* Scans the files of a list with the agent's own scanner, in a process of its own so that its CPU time is
   the scan's: `node file-scan.ts RULES LIST`. Prints what it took as one JSON line. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { createFileScanner } from '@wardgrid/agent/signatures/index';

const BUDGET_MS = 60_000;

const [, , rulesPath = '', listPath = ''] = process.argv;
const text = readFileSync(rulesPath, 'utf8');
const paths = readFileSync(listPath, 'utf8').trimEnd().split('\n');
const scanner = await createFileScanner(
  { yara: [{ name: 'shipped', text }], hashes: [] },
  { clamdConfigPaths: [] },
);
const kinds = { clean: 0, malicious: 0, incomplete: 0 };
const before = process.cpuUsage();
const startedAt = performance.now();
for (const path of paths) {
  const fd = openSync(path, 'r');
  const { size, dev: device, ino: inode, mtimeNs, ctimeNs } = fstatSync(fd, { bigint: true });
  const file = { fd, path, sizeBytes: Number(size), device, inode, mtimeNs, ctimeNs };
  kinds[scanner.scan(file, BUDGET_MS).kind] += 1;
  closeSync(fd);
}
const wallSeconds = (performance.now() - startedAt) / 1_000;
const { user, system } = process.cpuUsage(before);
const rssBytes = process.memoryUsage.rss();
const cpuSeconds = (user + system) / 1_000_000;
process.stdout.write(`${JSON.stringify({ ...kinds, wallSeconds, cpuSeconds, rssBytes })}\n`);
scanner.close();
