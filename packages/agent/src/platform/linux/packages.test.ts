import { utimesSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PACKAGES_MAX } from '../../inventory/index.ts';
import { LINE_LENGTH_MAX, readLineBatches } from './line-stream.ts';
import { parseRpmList, readSoftware } from './packages.ts';
import { createParagraphParser } from './paragraphs.ts';
import { createMachine, createSource, NEVER } from './testdata/machine.ts';

const DPKG = `Package: openssl
Status: install ok installed
Priority: optional
Architecture: amd64
Version: 3.0.17-1~deb12u2
Conffiles:
 /etc/ssl/openssl.cnf 6df8eb1ce7a1ba3e
Description: Secure Sockets Layer toolkit
 Package: not-a-package
 .
 Version: 9

Package: removed
Status: deinstall ok config-files
Architecture: all
Version: 1.0

Package: ../../etc/shadow
Status: install ok installed
Version: 1

Package: libc6
Status: hold ok installed
Architecture: i386
Version: 2.36-9`;

const APK = `C:Q1abc=
P:musl
V:1.2.5-r0
A:x86_64
S:400

P:busybox
V:1.36.1-r29
`;

const RPM = [
  'bash\t(none)\t5.2.26-3.fc40\tx86_64\t1714000000',
  'bind\t32\t9.18.28-2\tx86_64\t1714000001',
  'gpg-pubkey\t(none)\ta15b79cc-63d04c2c\t(none)\t1714000002',
  'odd\t(none)\t1-1\t(none)\tnever',
  'broken',
  '',
].join('\n');

describe('packages', () => {
  test('the installed packages of dpkg are read with their dates, whatever descriptions say', async () => {
    const source = createSource({
      'var/lib/dpkg/status': DPKG,
      'var/lib/dpkg/info/openssl.list': '/.',
      'var/lib/dpkg/info/libc6:i386.list': '/.',
    });
    utimesSync(`${source.rootPath}var/lib/dpkg/info/openssl.list`, 1_700_000_000, 1_700_000_000);
    utimesSync(`${source.rootPath}var/lib/dpkg/info/libc6:i386.list`, 1_700_000_001, 1_700_000_001);
    expect(await readSoftware(source, NEVER)).toEqual({
      section: 'software',
      packages: [
        {
          name: 'openssl',
          version: '3.0.17-1~deb12u2',
          source: 'dpkg',
          architecture: 'amd64',
          installedAt: 1_700_000_000_000,
        },
        {
          name: 'libc6',
          version: '2.36-9',
          source: 'dpkg',
          architecture: 'i386',
          installedAt: 1_700_000_001_000,
        },
      ],
      isTruncated: false,
    });
  });

  test('the packages of Alpine are read', async () => {
    const source = createSource({ 'lib/apk/db/installed': APK });
    const { packages } = await readSoftware(source, NEVER);
    expect(packages.map((row) => [row.name, row.version, row.architecture])).toEqual([
      ['musl', '1.2.5-r0', 'x86_64'],
      ['busybox', '1.36.1-r29', null],
    ]);
  });

  test('rpm is asked only where it keeps a database', async () => {
    const outputs = { '/usr/bin/rpm -qa': RPM };
    const without = await readSoftware(createSource({}, outputs), NEVER);
    expect(without.packages).toEqual([]);
    const source = createSource({ 'var/lib/rpm/rpmdb.sqlite': '' }, outputs);
    expect((await readSoftware(source, NEVER)).packages).toEqual(parseRpmList(RPM));
    const failing = createSource({ 'var/lib/rpm/rpmdb.sqlite': '' });
    expect((await readSoftware(failing, NEVER)).packages).toEqual([]);
  });

  test('signing keys and broken lines of rpm are no packages', () => {
    expect(parseRpmList(RPM)).toMatchObject([
      { name: 'bash', version: '5.2.26-3.fc40', installedAt: 1_714_000_000_000 },
      { name: 'bind', version: '32:9.18.28-2' },
      { name: 'odd', architecture: null, installedAt: null },
    ]);
  });

  test('more packages than the bound are cut and said to be', async () => {
    const one = (index: number): string =>
      `P:p${index}\nV:1\n${index % 100 === 0 ? `D:${'x'.repeat(9_000)}\n` : ''}\n`;
    const text = Array.from({ length: PACKAGES_MAX + 50 }, (_, index) => one(index)).join('');
    const software = await readSoftware(createSource({ 'lib/apk/db/installed': text }), NEVER);
    expect(software.packages).toHaveLength(PACKAGES_MAX);
    expect(software.isTruncated).toBe(true);
  });

  test('a database of noise gives nothing and never throws', async () => {
    const noise = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 251));
    const source = createSource({ 'var/lib/dpkg/status': noise, 'lib/apk/db/installed': noise });
    expect((await readSoftware(source, NEVER)).packages).toEqual([]);
    fc.assert(fc.property(fc.string(), (text) => void parseRpmList(text)));
  });

  test('an aborted signal ends the reading', async () => {
    const source = createSource({ 'var/lib/dpkg/status': DPKG });
    const reason = new Error('enough');
    await expect(readSoftware(source, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

test('a line of many megabytes is cut, and the next line is whole', async () => {
  const rootPath = createMachine({ file: `first\n${'x'.repeat(3_000_000)}\nlast é` });
  const lines: string[] = [];
  for await (const batch of readLineBatches(`${rootPath}file`, NEVER)) lines.push(...batch);
  expect(lines.map((line) => line.length)).toEqual([5, LINE_LENGTH_MAX, 6]);
  expect(lines[2]).toBe('last é');
});

test('paragraphs are the same however their lines arrive', () => {
  const lines = DPKG.split('\n');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: lines.length }), (at) => {
      const parser = createParagraphParser(': ', ['Package', 'Version']);
      const parts = [lines.slice(0, at), lines.slice(at)].flatMap((part) => parser.push(part));
      const names = [...parts, ...parser.end()].map((paragraph) => paragraph.get('Package'));
      expect(names).toEqual(['openssl', 'removed', '../../etc/shadow', 'libc6']);
    }),
  );
});
