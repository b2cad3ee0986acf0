import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  backoffMs,
  canonicalJson,
  containsCidr,
  containsIp,
  createFakeClock,
  createSeededRandom,
  decodeBase64Url,
  encodeBase64Url,
  encodeLines,
  encodeUtf8,
  formatCidr,
  formatIp,
  hostsOf,
  parseCidr,
  parseIp,
  Secret,
  sizeOf,
  uuidv7,
  visibleText,
} from './index.ts';
import { systemRandom } from './system.ts';

describe('networks', () => {
  test('an address survives parsing and printing', () => {
    fc.assert(fc.property(fc.ipV4(), (text) => formatIp(4, parseIp(text)?.value ?? -1n) === text));
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (value) => {
        const parsed = parseIp(formatIp(6, value));
        return parsed?.version === 6 && parsed.value === value;
      }),
    );
  });

  test('text that is no address or network is refused', () => {
    for (const text of [
      '',
      '1.2.3',
      '1.2.3.256',
      '01.2.3.4',
      ':::',
      '1::2::3',
      'fe80::1%eth0',
      'a.b.c.d',
    ]) {
      expect(parseIp(text), text).toBeUndefined();
    }
    for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8/8', '::/129']) {
      expect(parseCidr(text), text).toBeUndefined();
    }
  });

  test('a network knows its addresses', () => {
    const cidr = parseCidr('10.1.2.77/29');
    if (!cidr) throw new Error('expected a network');
    expect(formatCidr(cidr)).toBe('10.1.2.72/29');
    expect(sizeOf(cidr)).toBe(8n);
    expect([...hostsOf(cidr)]).toEqual([
      '10.1.2.73',
      '10.1.2.74',
      '10.1.2.75',
      '10.1.2.76',
      '10.1.2.77',
      '10.1.2.78',
    ]);
    expect(containsIp(cidr, '10.1.2.79')).toBe(true);
    expect(containsIp(cidr, '10.1.2.80')).toBe(false);
    expect(containsIp(cidr, '::1')).toBe(false);
    expect(formatIp(6, parseIp('2001:0db8:0:0:1:0:0:1')?.value ?? 0n)).toBe('2001:db8::1:0:0:1');
    const outer = parseCidr('10.0.0.0/8');
    expect(outer && containsCidr(outer, cidr)).toBe(true);
    expect(outer && containsCidr(cidr, outer)).toBe(false);
  });
});

describe('lines', () => {
  test('are the bytes of their text, in any script', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (lines) => {
        expect(encodeLines(lines)).toEqual(encodeUtf8(lines.join('\n')));
      }),
    );
    expect(encodeLines(['€€€€', '', 'a'])).toEqual(encodeUtf8('€€€€\n\na'));
    expect(encodeLines([])).toEqual(new Uint8Array());
  });
});

describe('canonical JSON', () => {
  test('does not depend on the order of keys and parses back to the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
    expect(canonicalJson({ b: 1, a: [true, null, 'é'], c: undefined })).toBe(
      '{"a":[true,null,"é"],"b":1}',
    );
  });

  test('refuses what JSON cannot say', () => {
    for (const value of [Number.NaN, Infinity, '\ud800', 10n, () => 1]) {
      expect(() => canonicalJson(value)).toThrow(TypeError);
    }
  });
});

describe('time', () => {
  test('a fake clock runs what falls due in order and rejects an aborted wait', async () => {
    const clock = createFakeClock();
    const seen: number[] = [];
    clock.after(20, () => seen.push(20));
    clock.after(10, () => seen.push(10));
    const cancel = clock.after(15, () => seen.push(15));
    cancel();
    const stop = new AbortController();
    const waiting = clock.sleep(1_000, stop.signal);
    await clock.advance(50);
    expect(seen).toEqual([10, 20]);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });

  test('the wait before a retry grows to its bound and never falls under half the base', () => {
    const random = createSeededRandom(7);
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const waitMs = backoffMs({ baseMs: 100, maxMs: 5_000 }, attempt, random);
      expect(waitMs).toBeGreaterThanOrEqual(50);
      expect(waitMs).toBeLessThanOrEqual(5_000);
    }
  });
});

test('a UUIDv7 carries its time, version and variant', () => {
  const id = uuidv7(1_700_000_000_000, createSeededRandom(1).bytes(10));
  expect(id).toMatch(/^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('randomness of any size has its size, never repeats and is never blank', () => {
  const seen = new Set<string>();
  for (let turn = 0; turn < 5_000; turn += 1) {
    // Sizes that do not divide the store, and one beside it: a cut across its end would be short.
    const bytes = systemRandom.bytes([10, 16, 13, 32][turn % 4] ?? 10);
    expect(bytes).toHaveLength([10, 16, 13, 32][turn % 4] ?? 10);
    expect(bytes.some((byte) => byte !== 0)).toBe(true);
    seen.add(encodeBase64Url(bytes));
  }
  expect(seen.size).toBe(5_000);
});

test('bytes survive base64url', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(bytes);
    }),
  );
});

test('a secret is printed nowhere', () => {
  const secret = new Secret('hunter2');
  expect(`${secret.toString()} ${JSON.stringify({ secret })}`).not.toContain('hunter2');
  expect(secret.reveal()).toBe('hunter2');
});

test('hostile characters are shown, not obeyed', () => {
  expect(visibleText('a\u202eb\u001b[31m')).toBe('a\\u{202e}b\\u{1b}[31m');
  expect(visibleText('soft\u00adhyphen \u{e0041}tag')).toBe('soft\\u{ad}hyphen \\u{e0041}tag');
});
