import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { eicarText } from './eicar.ts';
import { buildHashes } from '@wardgrid/detection/signatures';
import { importHashes } from '@wardgrid/detection/signatures';
import { createFileScanner, type SignatureScanner } from './index.ts';
import { createScanFolder, scannedFile, scanPath } from './testing/files.ts';

/** Whatever clamd this machine runs stays out of it. */
const ALONE = { clamdConfigPaths: [] };
const folder = createScanFolder();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const RULES = `
rule shell_dropper : linux {
  meta:
    description = "A dropper of ours"
    severity = "critical"
    confidence = 95
    attack = "T1059.004, T1105, nonsense"
    author = "Wardgrid"
  strings:
    $marker = "wardgrid-test-malware"
  condition:
    $marker
}
rule says_nothing { strings: $a = "unmarked-badness" condition: $a }
rule at_start { strings: $a = "anywhere-but-start" condition: $a at 0 }
rule broken { condition: no_such_thing }
`;

let scanner: SignatureScanner;
let empty: SignatureScanner;
beforeAll(async () => {
  const { entries } = importHashes({ name: 'known.txt', text: `${sha256('known bad')},Bad.Thing` });
  const path = folder.write('known.hashes', buildHashes(entries));
  const hashes = [{ name: 'known', path }];
  scanner = await createFileScanner({ yara: [{ name: 'test.yar', text: RULES }], hashes }, ALONE);
  empty = await createFileScanner({ yara: [], hashes: [] }, ALONE);
});
afterAll(() => {
  scanner.close();
  empty.close();
  folder.close();
});
let opened: number[] = [];
afterEach(() => {
  for (const fd of opened) closeSync(fd);
  opened = [];
});

const scanText = (text: string | Uint8Array, from = scanner, budgetMs = 10_000) =>
  scanPath(from, folder.write('file', text), budgetMs);

test('a file that nothing knows is clean, and nobody needs its SHA-256', () => {
  expect(scanText('hello')).toEqual({ kind: 'clean', hits: [], sha256: null, reason: null });
  expect(scanText('').kind).toBe('clean');
});

test('a YARA hit carries what the rule says of itself', () => {
  const verdict = scanText('...wardgrid-test-malware...');
  expect(verdict.kind).toBe('malicious');
  expect(verdict.sha256).toBe(sha256('...wardgrid-test-malware...'));
  expect(verdict.hits).toEqual([
    {
      engine: 'yara',
      rule: 'shell_dropper',
      title: 'A dropper of ours',
      severity: 'critical',
      confidence: 95,
      techniques: ['T1059.004', 'T1105'],
      author: 'Wardgrid',
      matches: ['$marker at 0x3'],
    },
  ]);
});

test('a rule that says nothing of itself only reports under the default policy', () => {
  const [hit] = scanText('unmarked-badness').hits;
  expect(hit).toMatchObject({ rule: 'says_nothing', severity: 'high', author: null });
  expect(hit?.confidence).toBeLessThan(80);
});

test('a known hash is found whatever the name', () => {
  expect(scanText('known bad').hits).toMatchObject([
    { engine: 'hash', rule: 'hash-sha256', confidence: 100, matches: ['Bad.Thing'] },
  ]);
});

test('what was left out of the content is told, the rest works', () => {
  expect(scanner.issues).toMatchObject([{ rule: 'broken', code: 'yara-syntax', line: 16 }]);
  expect(scanner.engines()).toMatchObject([
    { engine: 'yara', isOn: true, detail: 'libyara, 3 rules' },
    { engine: 'hash', isOn: true, detail: '1 hashes' },
    { engine: 'clamav', isOn: false },
  ]);
  expect(empty.engines()[0]).toMatchObject({ isOn: false });
});

test('broken content leaves a scanner that says so', async () => {
  const hashes = [{ name: 'gone', path: join(folder.path, 'nowhere') }];
  const yara = [{ name: 'x', text: 'rule' }];
  const broken = await createFileScanner({ yara, hashes }, ALONE);
  expect(broken.engines().map(({ isOn }) => isOn)).toEqual([false, false, false]);
  expect(scanText(eicarText(), broken).kind).toBe('malicious');
  broken.close();
});

test.each([
  ['as it is', '', 'eicar-test-file'],
  ['with blanks behind', ' \t\r\n\x1a', 'eicar-test-file'],
  ['with blanks up to 128 bytes', ' '.repeat(60), 'eicar-test-file'],
  ['with more blanks than allowed', ' '.repeat(61), 'eicar-test-string'],
  ['with text behind', 'x', 'eicar-test-string'],
])('EICAR is found without any content, %s', (_, behind, rule) => {
  const verdict = scanText(eicarText() + behind, empty);
  expect(verdict).toMatchObject({ kind: 'malicious', hits: [{ rule }] });
  expect((verdict.hits[0]?.confidence ?? 0) >= 80).toBe(rule === 'eicar-test-file');
});

test('EICAR inside another file is told below what is acted on', () => {
  expect(scanText(`text ${eicarText()}`, empty).hits).toMatchObject([
    { rule: 'eicar-test-string', confidence: 50, matches: ['string at 0x5'] },
  ]);
});

test('bytes of memory are looked at', () => {
  const bytes = Buffer.from('xx wardgrid-test-malware xx');
  expect(scanner.scanBytes(bytes, 5_000)).toMatchObject({
    kind: 'malicious',
    hits: [{ rule: 'shell_dropper' }],
  });
  expect(scanner.scanBytes(Buffer.from('nothing'), 5_000).kind).toBe('clean');
});

test('a scan may run in a worker thread', async () => {
  const path = folder.write('in-worker', 'wardgrid-test-malware');
  const worker = new Worker(new URL('./testing/scan-in-worker.ts', import.meta.url), {
    workerData: { rules: RULES, path },
  });
  const hits = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();
  expect(hits).toEqual(['shell_dropper']);
});

/** A file of holes but for what is written at a place. */
function sparseFile(sizeBytes: number, text: string, at: number): string {
  const path = join(folder.path, 'sparse');
  const fd = openSync(path, 'w');
  opened.push(fd);
  ftruncateSync(fd, sizeBytes);
  writeSync(fd, text, at);
  return path;
}

const MEBIBYTE = 1_024 * 1_024;

test('a file too large to be held is looked at in pieces, found also across their borders', () => {
  for (const at of [10, 4 * MEBIBYTE - 7, 40 * MEBIBYTE]) {
    const verdict = scanPath(scanner, sparseFile(48 * MEBIBYTE, 'wardgrid-test-malware', at));
    expect(verdict).toMatchObject({ kind: 'malicious', hits: [{ rule: 'shell_dropper' }] });
  }
});

test('a large file without a hit is incomplete, never clean, and its hash is known', () => {
  const verdict = scanPath(scanner, sparseFile(48 * MEBIBYTE, 'anywhere-but-start', 4 * MEBIBYTE));
  expect(verdict).toMatchObject({ kind: 'incomplete', reason: 'size', hits: [] });
  expect(verdict.sha256).toMatch(/^[0-9a-f]{64}$/);
});

test('a terabyte of holes ends within the budget', () => {
  const path = sparseFile(1_024 * 1_024 * MEBIBYTE, 'x', 0);
  const startedAt = performance.now();
  const verdict = scanPath(scanner, path, 300);
  expect(verdict).toMatchObject({ kind: 'incomplete', sha256: null });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test('a file for which there is no time is incomplete', () => {
  expect(scanText(Buffer.alloc(8 * MEBIBYTE), scanner, 0)).toMatchObject({
    kind: 'incomplete',
    reason: 'deadline',
  });
});

test('a file that changed since it was looked up is incomplete, and still searched', () => {
  const path = folder.write('grows', 'wardgrid-test');
  const fd = openSync(path, 'r+');
  opened.push(fd);
  const file = scannedFile(fd, path);
  writeSync(fd, 'wardgrid-test-malware', 0);
  expect(scanner.scan(file, 5_000)).toMatchObject({ kind: 'incomplete', reason: 'changed' });
  ftruncateSync(fd, 3);
  expect(scanner.scan(file, 5_000)).toMatchObject({ kind: 'incomplete', sha256: null });
});

test('a descriptor that cannot be read is incomplete', () => {
  const path = folder.write('write-only', 'x');
  const fd = openSync(path, 'a');
  opened.push(fd);
  expect(scanner.scan(scannedFile(fd, path), 1_000)).toMatchObject({
    kind: 'incomplete',
    reason: 'unreadable',
  });
});
