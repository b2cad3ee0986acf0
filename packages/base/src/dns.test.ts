import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  dnsService,
  dnsTexts,
  dnsTypes,
  encodeDnsQuery,
  encodeDnsResponse,
  parseDnsMessage,
} from './dns.ts';

const header = (answers: number): Buffer =>
  Buffer.from(`00018400000000${answers.toString(16).padStart(2, '0')}00000000`, 'hex');

test('a response with compressed names is read', () => {
  const name = Buffer.from('\x05media\x05local\0', 'latin1');
  const record = Buffer.from('0001000100000078000 40a4d0902'.replace(' ', ''), 'hex');
  const pointed = Buffer.from('c00c000c000100000078 0002c00c'.replace(' ', ''), 'hex');
  const message = parseDnsMessage(Buffer.concat([header(2), name, record, pointed]));
  expect(message?.isResponse).toBe(true);
  expect(message?.records).toEqual([
    { name: 'media.local', type: dnsTypes.a, value: '10.77.9.2' },
    { name: 'media.local', type: dnsTypes.ptr, value: 'media.local' },
  ]);
});

test('what we ask reads back as a question without records', () => {
  const query = encodeDnsQuery(77, [{ name: '1.0.0.10.in-addr.arpa', type: dnsTypes.ptr }]);
  expect(parseDnsMessage(query)).toEqual({
    id: 77,
    isResponse: false,
    questions: [{ name: '1.0.0.10.in-addr.arpa', type: dnsTypes.ptr, isUnicastWanted: false }],
    records: [],
  });
});

test.each(['c00c', 'c00e', 'c0ff', '3f', '40', 'ff', '05616263'])(
  'a name %s that loops, points ahead or runs out yields no record',
  (name) => {
    const bytes = Buffer.concat([header(1), Buffer.from(`${name}000c00010000000000`, 'hex')]);
    expect(parseDnsMessage(bytes)?.records).toEqual([]);
  },
);

test('a pointer chain that goes back and forth for ever ends', () => {
  const bytes = Buffer.concat([header(3), Buffer.from('c00ec00c'.repeat(100), 'hex')]);
  expect(parseDnsMessage(bytes)?.records).toEqual([]);
});

test('no bytes make the DNS parser throw, and every name is bounded', () => {
  const bytes = fc.uint8Array({ maxLength: 600 });
  fc.assert(
    fc.property(bytes, fc.boolean(), (random, isFramed) => {
      const packet = Buffer.concat([
        isFramed ? header(random.length % 16) : Buffer.alloc(0),
        random,
      ]);
      for (const { name } of parseDnsMessage(packet)?.records ?? []) {
        expect(name.length).toBeLessThanOrEqual(255);
      }
    }),
    { numRuns: 2000 },
  );
});

test('what is announced reads back: a service, its texts, its address', () => {
  const given = { ttlSeconds: 120, isUnique: true };
  const bytes = encodeDnsResponse([
    {
      ...given,
      name: 'one._x._tcp.local',
      type: dnsTypes.srv,
      data: dnsService(7443, 'one.local'),
    },
    { ...given, name: 'one._x._tcp.local', type: dnsTypes.txt, data: dnsTexts(['a=1', 'b=ü']) },
    { ...given, name: 'one.local', type: dnsTypes.a, data: Uint8Array.of(10, 0, 0, 7) },
  ]);
  const message = parseDnsMessage(bytes);
  expect(message?.isResponse).toBe(true);
  expect(message?.records).toEqual([
    { name: 'one._x._tcp.local', type: dnsTypes.srv, value: 'one.local', port: 7443 },
    { name: 'one._x._tcp.local', type: dnsTypes.txt, value: 'a=1', texts: ['a=1', 'b=ü'] },
    { name: 'one.local', type: dnsTypes.a, value: '10.0.0.7' },
  ]);
});
