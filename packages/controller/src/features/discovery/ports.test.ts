import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatPorts, parsePorts } from './ports.ts';

test('the named sets, single ports and ranges are read', () => {
  expect(parsePorts('all')).toEqual({ kind: 'all' });
  expect(parsePorts('top')).toEqual({ kind: 'top' });
  expect(parsePorts('22, 80,8000-8100')).toEqual({
    kind: 'list',
    ranges: [
      { first: 22, last: 22 },
      { first: 80, last: 80 },
      { first: 8_000, last: 8_100 },
    ],
  });
});

test.each(['', '0', '65536', '9-8', '1,,2', '-', '1-', 'a', '1-2-3', 'topp', '１'])(
  "'%s' is no list of ports",
  (text) => expect(parsePorts(text)).toBeUndefined(),
);

test('whatever is read is written so that it reads the same', () => {
  const port = fc.integer({ min: 1, max: 65_535 });
  const part = fc
    .tuple(port, port)
    .map(([left, right]) => `${Math.min(left, right)}-${Math.max(left, right)}`);
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 20 }), (parts) => {
      const ports = parsePorts(parts.join(','));
      expect(ports).toBeDefined();
      expect(ports && parsePorts(formatPorts(ports))).toEqual(ports);
    }),
  );
});
