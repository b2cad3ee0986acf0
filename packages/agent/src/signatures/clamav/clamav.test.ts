import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, openSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '@wardgrid/base/system';
import { createFileScanner, type SignatureScanner } from '../index.ts';
import { createScanFolder, scanPath } from '../testing/files.ts';
import { startClamd, type PrivateClamd } from '../testing/private-clamd.ts';
import { openSession } from './session.ts';
import { findClamd, parseClamdConfig } from './config.ts';

const folder = createScanFolder();
let clamd: PrivateClamd;
let scanner: SignatureScanner;
/** Added to the real clock, so that a back-off passes without waiting. */
let aheadMs = 0;

beforeAll(async () => {
  clamd = await startClamd(folder);
  scanner = await createFileScanner(
    { yara: [], hashes: [] },
    {
      clamdConfigPaths: [clamd.configPath],
      clock: { monotonic: () => systemClock.monotonic() + aheadMs },
    },
  );
});
afterAll(async () => {
  scanner.close();
  await clamd.kill();
  folder.close();
});

const scan = (bytes: Uint8Array | string, budgetMs = 20_000) =>
  scanPath(scanner, folder.write('file', bytes), budgetMs);
const state = () => scanner.engines().find(({ engine }) => engine === 'clamav');
const MEGABYTE = 1_024 * 1_024;

describe('a real clamd', () => {
  test('is on, with its version', () => {
    expect(state()).toMatchObject({ isOn: true, detail: expect.stringMatching(/^ClamAV \d/) });
  });

  test('finds patterns and digests in files that are passed as descriptors', () => {
    expect(scan('a clamav-test-marker b').hits).toMatchObject([
      { engine: 'clamav', rule: 'Test.Marker.UNOFFICIAL', severity: 'high', confidence: 90 },
    ]);
    expect(scan('clamav knows this digest').hits[0]?.rule).toBe('Test.Digest.UNOFFICIAL');
    expect(scan('pua-test-marker').hits[0]).toMatchObject({ severity: 'low', confidence: 50 });
    expect(scan('nothing')).toMatchObject({ kind: 'clean', reason: null });
  });

  test('is not believed about what is over its limits', () => {
    const tooLarge = Buffer.concat([Buffer.alloc(2 * MEGABYTE), Buffer.from('clamav-test-marker')]);
    expect(scan(tooLarge)).toMatchObject({ kind: 'incomplete', reason: 'clamav-limit' });
    expect(scan(gzipSync(Buffer.alloc(2 * MEGABYTE, 'text '))).reason).toBe('clamav-limit');
  });

  test('takes files as bytes where descriptors are refused', () => {
    const session = openSession(clamd.socketPath, 5_000, { takesDescriptors: false });
    const ask = (text: string) => {
      const fd = openSync(folder.write('streamed', text), 'r');
      const answer = session?.ask({ fd, sizeBytes: text.length }, 5_000);
      closeSync(fd);
      return answer;
    };
    const filler = 'x'.repeat(600_000);
    expect(ask(`${filler}clamav-test-marker`)).toEqual({
      kind: 'found',
      name: 'Test.Marker.UNOFFICIAL',
    });
    expect(ask(filler)).toEqual({ kind: 'ok' });
    expect(ask('x'.repeat(2 * MEGABYTE))?.kind).not.toBe('ok');
    session?.close();
  });

  test('that does not answer makes the file incomplete, and is off for a while', async () => {
    process.kill(clamd.pid, 'SIGSTOP');
    // Its end sends us a signal in the middle of the wait, which is no answer of clamd.
    const child = spawn('sleep', ['0.1']);
    await once(child, 'spawn');
    const startedAt = performance.now();
    expect(scan('slow', 300)).toMatchObject({ kind: 'incomplete', reason: 'deadline' });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(state()).toMatchObject({ isOn: false, detail: 'clamd did not answer in time' });
    expect(scan('the others go on')).toMatchObject({ kind: 'clean' });
    process.kill(clamd.pid, 'SIGCONT');
    aheadMs += 2_000;
    expect(scan('clamav-test-marker').kind).toBe('malicious');
    expect(state()?.isOn).toBe(true);
  });

  test('that is killed in mid-scan makes that file incomplete, and the engine off with a reason', async () => {
    process.kill(clamd.pid, 'SIGSTOP');
    const killer = spawn('sh', ['-c', `sleep 0.3; kill -9 ${clamd.pid}`]);
    const verdict = scan('harmless', 20_000);
    await once(killer, 'exit');
    expect(verdict).toMatchObject({ kind: 'incomplete', reason: 'clamav-failed' });
    expect(state()?.isOn).toBe(false);
    expect(scan('the others go on')).toMatchObject({ kind: 'clean' });
  });

  test('that comes back is used again', async () => {
    clamd = await startClamd(folder);
    aheadMs += 600_000;
    expect(scan('clamav-test-marker').hits).toHaveLength(1);
    expect(state()?.isOn).toBe(true);
  });
});

test('where no clamd is, the engine says so', async () => {
  const lone = await createFileScanner(
    { yara: [], hashes: [] },
    { clamdConfigPaths: ['/nowhere'] },
  );
  expect(lone.engines()[2]).toEqual({
    engine: 'clamav',
    isOn: false,
    detail: 'no clamd is installed',
  });
  lone.close();
});

test('its configuration is read', () => {
  expect(
    parseClamdConfig('# x\nLocalSocket "/run/c.sock"\nMaxFileSize 10M\nMaxScanSize 0\n'),
  ).toEqual({
    socketPath: '/run/c.sock',
    fileBytesMax: 10 * MEGABYTE,
    scanBytesMax: 2 ** 31 - 1,
    streamBytesMax: 25 * MEGABYTE,
  });
  expect(parseClamdConfig('TCPSocket 3310\n')).toBeUndefined();
});

test('a configuration that anybody may write is not believed', () => {
  const path = folder.write('open.conf', 'LocalSocket /tmp/evil\n');
  chmodSync(path, 0o666);
  expect(findClamd([path])).toBe('no clamd is installed');
});
