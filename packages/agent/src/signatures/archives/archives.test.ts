import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '@wardgrid/base/system';
import type { FileVerdict } from '../../protect/parts.ts';
import { eicarText } from '../eicar.ts';
import { buildHashes, importHashes } from '@wardgrid/detection/signatures';
import { createFileScanner, type SignatureScanner } from '../index.ts';
import { beginLook } from '../look.ts';
import { createScanFolder, scanPath } from '../testing/files.ts';
import { ARCHIVE_LIMITS } from './limits.ts';
import { peel } from './peel.ts';

const folder = createScanFolder();
const scanners: SignatureScanner[] = [];
let scanner: SignatureScanner;
beforeAll(async () => {
  scanner = await createFileScanner({ yara: [], hashes: [] }, { clamdConfigPaths: [] });
  scanners.push(scanner);
});
afterAll(() => {
  for (const one of scanners) one.close();
  folder.close();
});

const scan = (bytes: Uint8Array, budgetMs = 20_000): FileVerdict =>
  scanPath(scanner, folder.write('archive', bytes), budgetMs);
const eicar = (): Buffer => Buffer.from(eicarText());

interface Part {
  readonly name: string | Buffer;
  readonly data: Buffer;
  readonly flags?: number;
  readonly method?: number;
  /** Told by the directory instead of what is true. */
  readonly claims?: { readonly offset?: number; readonly crc?: number };
  readonly isHidden?: boolean;
}

/** A ZIP as an attacker would write it. */
function zipOf(parts: readonly Part[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let at = 0;
  for (const { name: given, data, flags = 0, method = 8, claims, isHidden = false } of parts) {
    const name = Buffer.from(given as string);
    const packed = method === 8 ? deflateRawSync(data) : data;
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(flags, 2);
    shared.writeUInt16LE(method, 4);
    shared.writeUInt32LE(claims?.crc ?? crc32(data), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(data.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), shared, name, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(claims?.offset ?? at, 10);
    const central = [Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), shared, tail, name];
    if (!isHidden) centrals.push(Buffer.concat(central));
    locals.push(local);
    at += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  const directory = Buffer.concat(centrals);
  end.writeUInt16LE(centrals.length, 8);
  end.writeUInt16LE(centrals.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** A tar made by the system's own tar. */
function tarOf(name: string, data: Buffer, ...options: readonly string[]): Buffer {
  const path = folder.write('member', data);
  return execFileSync('tar', [
    '-cf',
    '-',
    ...options,
    '-C',
    folder.path,
    `--transform=s|member|${name}|`,
    path.slice(folder.path.length + 1),
  ]);
}

describe('what is packed is found', () => {
  const deep = 'd/'.repeat(80);
  test.each<readonly [string, () => Buffer, string]>([
    ['zip', () => zipOf([{ name: 'a/eicar.com', data: eicar() }]), 'member a/eicar.com'],
    ['stored zip', () => zipOf([{ name: 'e', data: eicar(), method: 0 }]), 'member e'],
    [
      'zstd in zip',
      () => zipOf([{ name: 'e', data: zstdCompressSync(eicar()), method: 0 }]),
      'member e/zstd',
    ],
    ['gzip', () => gzipSync(eicar()), 'member gzip'],
    ['zstd', () => zstdCompressSync(eicar()), 'member zstd'],
    ['tar', () => tarOf('eicar.com', eicar()), 'member eicar.com'],
    ['tar with a GNU name', () => tarOf(`${deep}e`, eicar(), '--format=gnu'), `member ${deep}e`],
    ['tar with a pax name', () => tarOf(`${deep}é`, eicar(), '--format=pax'), `member ${deep}é`],
    ['tar.gz', () => gzipSync(tarOf('x', eicar())), 'member gzip/x'],
    [
      'zip in tar in gzip',
      () => gzipSync(tarOf('in.zip', zipOf([{ name: 'e', data: eicar() }]))),
      'member gzip/in.zip/e',
    ],
    [
      'a program with a zip behind it',
      () => Buffer.concat([Buffer.alloc(5_000, 'MZ'), zipOf([{ name: 'e', data: eicar() }])]),
      'member e',
    ],
  ])('%s', (_, make, where) => {
    const verdict = scan(make());
    expect(verdict).toMatchObject({ kind: 'malicious', reason: null });
    const [hit] = verdict.hits.filter(({ rule }) => rule === 'eicar-test-file');
    expect(hit?.matches[0]).toBe(where);
  });

  test('a Debian package, as dpkg makes it', () => {
    const root = join(folder.path, 'package');
    mkdirSync(join(root, 'DEBIAN'), { recursive: true });
    folder.write(
      'package/DEBIAN/control',
      'Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n',
    );
    folder.write('package/eicar.com', eicar());
    const deb = join(folder.path, 'x.deb');
    execFileSync('dpkg-deb', ['-Zgzip', '--build', root, deb], { stdio: 'ignore' });
    expect(scanPath(scanner, deb).hits.map(({ matches }) => matches[0])).toContain(
      'member data.tar.gz/gzip/./eicar.com',
    );
  });

  test('an archive of harmless files is clean', () => {
    const data = Buffer.from('nothing');
    expect(
      scan(
        zipOf([
          { name: 'a', data },
          { name: 'b/', data: Buffer.alloc(0) },
        ]),
      ).kind,
    ).toBe('clean');
    expect(scan(gzipSync(data)).kind).toBe('clean');
    expect(scan(tarOf('x', data)).kind).toBe('clean');
  });
});

describe('what was not looked at is never clean', () => {
  const harmless = Buffer.from('harmless');
  const nested = (levels: number): Buffer =>
    levels === 0 ? eicar() : zipOf([{ name: `${levels}`, data: nested(levels - 1), method: 0 }]);
  const xz = Buffer.concat([Buffer.from('fd377a585a00', 'hex'), Buffer.alloc(64)]);

  test.each<readonly [string, () => Buffer, string]>([
    ['encrypted members', () => zipOf([{ name: 'a', data: harmless, flags: 1 }]), 'encrypted'],
    [
      'a method nobody knows',
      () => zipOf([{ name: 'a', data: harmless, method: 97 }]),
      'archive-method',
    ],
    ['formats that cannot be opened', () => xz, 'archive-format'],
    ['such a format within', () => zipOf([{ name: 'a.xz', data: xz }]), 'archive-format'],
    ['too many levels', () => nested(6).subarray(0), 'archive-depth'],
    [
      'overlapping entries',
      () =>
        zipOf([
          { name: 'a', data: harmless },
          { name: 'a', data: harmless, claims: { offset: 0 } },
        ]),
      'archive-overlap',
    ],
    [
      'an entry that the directory hides',
      () =>
        zipOf([
          { name: 'a', data: harmless },
          { name: 'hidden', data: harmless, isHidden: true },
        ]),
      'archive-corrupt',
    ],
    [
      'a wrong sum',
      () => zipOf([{ name: 'a', data: harmless, claims: { crc: 1 } }]),
      'archive-corrupt',
    ],
    [
      'no directory',
      () => zipOf([{ name: 'a', data: harmless }]).subarray(0, 40),
      'archive-corrupt',
    ],
    ['a cut gzip', () => gzipSync(Buffer.alloc(5_000, 'ab')).subarray(0, 30), 'archive-corrupt'],
    ['a cut tar', () => tarOf('x', Buffer.alloc(4_000, 'x')).subarray(0, 2_000), 'archive-corrupt'],
    ['a bomb', () => gzipSync(Buffer.alloc(15 * 1_024 * 1_024)), 'archive-ratio'],
    [
      'a member larger than may be held',
      () => gzipSync(Buffer.alloc(17 * 1_024 * 1_024)),
      'archive-size',
    ],
  ])('%s', (_, make, reason) => {
    const verdict = scan(make());
    expect(verdict.reason).toBe(reason);
    expect(verdict.kind).not.toBe('clean');
  });

  test('thousands of members end at the limit', () => {
    const parts = Array.from({ length: 300 }, (_, index) => ({ name: `${index}`, data: harmless }));
    const look = beginLook(systemClock, 10_000);
    const limits = { ...ARCHIVE_LIMITS, membersMax: 100 };
    let inspected = 0;
    peel(zipOf(parts), { look, limits, inspect: () => void (inspected += 1) });
    expect([inspected, look.verdict(() => null).reason]).toEqual([100, 'archive-count']);
  });

  test('a bomb of bombs is left after what may be unpacked', () => {
    const zeroes = gzipSync(Buffer.alloc(16 * 1_024 * 1_024));
    const bomb = zipOf(
      Array.from({ length: 200 }, (_, index) => ({ name: `${index}`, data: zeroes, method: 0 })),
    );
    const look = beginLook(systemClock, 60_000);
    let unpackedBytes = 0;
    peel(bomb, {
      look,
      limits: ARCHIVE_LIMITS,
      inspect: (bytes) => void (unpackedBytes += bytes.length),
    });
    expect(look.verdict(() => null).kind).toBe('incomplete');
    expect(unpackedBytes).toBeLessThanOrEqual(ARCHIVE_LIMITS.totalBytesMax + 20 * 1_024 * 1_024);
  });

  test('what is found in spite of a fault is told with the fault', () => {
    const verdict = scan(
      zipOf([
        { name: 'a', data: harmless, flags: 1 },
        { name: 'e', data: eicar() },
      ]),
    );
    expect(verdict).toMatchObject({ kind: 'malicious', reason: 'encrypted' });
  });

  test('the beginning of a member that is too large is looked at', () => {
    const data = Buffer.concat([Buffer.from(`x${eicarText()}`), Buffer.alloc(17 * 1_024 * 1_024)]);
    expect(scan(gzipSync(data)).hits[0]?.rule).toBe('eicar-test-string');
  });
});

test('names that climb, control or lie are only shown, and shown harmless', () => {
  const names = ['../../etc/passwd', 'a\nb\u202Egpj.exe', Buffer.from([0xff, 0xfe, 0x2f, 0x61])];
  const shown = names.map((name) => scan(zipOf([{ name, data: eicar() }])).hits[0]?.matches[0]);
  expect(shown).toEqual([
    'member ../../etc/passwd',
    'member a\\u{a}b\\u{202e}gpj.exe',
    'member \ufffd\ufffd/a',
  ]);
});

test('no damage to an archive makes a scan throw', () => {
  const wholes = [
    zipOf([
      { name: 'a', data: eicar() },
      { name: 'b', data: Buffer.alloc(600, 'xyz') },
    ]),
    gzipSync(tarOf('x', eicar())),
    tarOf('x', eicar()),
    zstdCompressSync(eicar()),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...wholes),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      fc.nat(),
      (whole, changes, cut) => {
        const bytes = Buffer.from(whole.subarray(0, 1 + (cut % whole.length)));
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        expect(['clean', 'malicious', 'incomplete']).toContain(scan(bytes).kind);
      },
    ),
    { numRuns: 300 },
  );
});

test('a member whose hash is known is found by its name in the archive', async () => {
  const data = Buffer.from('known inside');
  const text = createHash('sha256').update(data).digest('hex');
  const { entries } = importHashes({ name: 'list', text });
  const hashes = [{ name: 'list', path: folder.write('list.hashes', buildHashes(entries)) }];
  const knowing = await createFileScanner({ yara: [], hashes }, { clamdConfigPaths: [] });
  scanners.push(knowing);
  const path = folder.write(
    'archive',
    zipOf([
      { name: 'a', data: Buffer.from('x') },
      { name: 'b', data },
    ]),
  );
  expect(scanPath(knowing, path).hits).toMatchObject([
    { rule: 'hash-sha256', matches: ['member b', 'list'] },
  ]);
});
