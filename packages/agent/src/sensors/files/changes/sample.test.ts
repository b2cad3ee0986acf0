import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { systemCalls } from '../../../platform/linux/system-calls.ts';
import { Sampler, type Sample } from './sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'wardgrid-sample-'));
const sampler = new Sampler(systemCalls());

afterAll(() => rmSync(folder, { recursive: true }));

function sampleOf(bytes: Buffer): Sample {
  const path = join(folder, 'file');
  writeFileSync(path, bytes);
  const fd = openSync(path, 'r');
  try {
    return sampler.sample(fd, bytes.length);
  } finally {
    closeSync(fd);
  }
}

test('encrypted bytes are told from text, also when they are only in the middle or at the end', () => {
  const text = Buffer.from('a letter to somebody. '.repeat(20_000));
  expect(sampleOf(text).entropy).toBeLessThan(4);
  expect(sampleOf(randomBytes(100_000)).entropy).toBeGreaterThan(7.9);
  const half = Buffer.concat([text.subarray(0, 100_000), randomBytes(100_000)]);
  expect(sampleOf(half).entropy).toBeGreaterThan(sampleOf(text).entropy ?? 9);
});

test('small files have no entropy, and equal bytes none at all', () => {
  expect(sampleOf(Buffer.from('short')).entropy).toBeNull();
  expect(sampleOf(Buffer.alloc(5_000))).toEqual({ entropy: 0, magic: null });
  expect(sampleOf(Buffer.alloc(0))).toEqual({ entropy: null, magic: null });
});

test.each([
  ['#!/bin/sh\n', 'script'],
  ['\x7fELF\x02', 'elf'],
  ['PK\x03\x04', 'zip'],
  ['\xd0\xcf\x11\xe0', 'ole'],
  ['nothing', null],
])('%j begins a file of kind %s', (head, magic) => {
  expect(sampleOf(Buffer.from(head, 'latin1')).magic).toBe(magic);
});
