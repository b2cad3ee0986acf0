import { expect, test } from 'vitest';
import { describeMissing, findMissing, installMissing, REQUIREMENTS } from './requirements.ts';

const present = { name: 'sh', packageName: 'dash', programs: ['sh'], neededFor: 'everything' };
const absent = {
  name: 'Nothing',
  packageName: 'no-such-package-anywhere',
  programs: ['no-such-program', '/no/such/program'],
  neededFor: 'this test',
};

test('only what is not on the machine is missing', async () => {
  expect(await findMissing([present, absent])).toEqual([absent]);
  expect(await findMissing([{ ...absent, programs: ['no-such-program', 'sh'] }])).toEqual([]);
});

test('a missing program is named with its package and the tests that need it', () => {
  expect(describeMissing([absent])).toEqual([
    'Missing: Nothing (Debian package no-such-package-anywhere), needed for this test.',
  ]);
});

test('nothing missing installs nothing', async () => {
  const lines: string[] = [];
  const result = await installMissing([], (line) => lines.push(line));
  expect(result.kind).toBe('installed');
  expect(lines).toEqual([]);
});

test('every requirement says its package and its tests, once', () => {
  expect(new Set(REQUIREMENTS.map(({ packageName }) => packageName)).size).toBe(
    REQUIREMENTS.length,
  );
  for (const { programs, neededFor } of REQUIREMENTS) {
    expect(programs.length).toBeGreaterThan(0);
    expect(neededFor).not.toBe('');
  }
});
