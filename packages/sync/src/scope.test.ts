import { expect, test } from 'vitest';
import { CLOUD, homesByNode, homesByPath, isPathWithin, isWithin, sees } from './scope.ts';
import type { Registry } from './registry.ts';

const registry: Registry = {
  policy: { isInherited: true, fields: {} },
  device: { isInherited: false, fields: {} },
};

const PARENTS: Readonly<Record<string, string>> = { a: CLOUD, b: CLOUD, a1: 'a', a10: 'a' };
const ROOTS: Readonly<Record<string, string>> = {
  a: 'C.L1',
  b: 'C.L10',
  a1: 'C.L1.G1',
  a10: 'C.L1.G10',
};

const tree = { parentOf: (node: string) => PARENTS[node], scopeVersionOf: () => 0 };

test('paths lie below each other by whole labels', () => {
  expect(isPathWithin('C.L1', 'C.L1')).toBe(true);
  expect(isPathWithin('C.L1.G1', 'C.L1')).toBe(true);
  expect(isPathWithin('C.L10', 'C.L1')).toBe(false);
  expect(isPathWithin('C.L1', 'C.L10')).toBe(false);
  expect(isPathWithin('C', 'C.L1')).toBe(false);
  expect(isPathWithin('anything.at.all', '')).toBe(true);
  expect(isPathWithin('', 'C')).toBe(false);
});

test('a circle of parents ends', () => {
  const circle = { parentOf: (node: string) => (node === 'x' ? 'y' : 'x') };
  expect(isWithin(circle, 'x', 'z')).toBe(false);
});

test.each([
  // What lies in one's own scope, with the groups that have no controller of their own.
  ['a', 'device', 'C.L1', true],
  ['a', 'device', 'C.L1.G1.G2', true],
  ['a1', 'device', 'C.L1.G1.G2', true],
  // Neither the parent's nor the sibling's, whose name begins alike.
  ['a1', 'device', 'C.L1', false],
  ['a1', 'device', 'C.L1.G10', false],
  ['a', 'device', 'C.L10', false],
  ['b', 'device', 'C.L1', false],
  // Inherited from the path up to the root, never from beside it.
  ['a1', 'policy', 'C.L1', true],
  ['a1', 'policy', 'C', true],
  ['a1', 'policy', 'C.L10', false],
  ['a1', 'policy', 'C.L1.G10', false],
  // Types that nobody here knows are not inherited.
  ['a1', 'gadget', 'C', false],
  ['a', 'gadget', 'C.L1.G1', true],
  // Who is not known sees nothing; the cloud sees everything.
  ['stranger', 'policy', 'C', false],
  ['stranger', 'device', 'C.L1', false],
  [CLOUD, 'device', 'C.L10.G3', true],
] as const)('by paths, %s sees a %s of %s: %s', (...[node, type, home, isSeen]) => {
  const topology = homesByPath({ ...tree, scopeRootOf: (one) => ROOTS[one] });
  expect(sees({ topology, registry }, node, { home, type })).toBe(isSeen);
});

test.each([
  ['a', 'device', 'a1', true],
  ['a1', 'device', 'a', false],
  ['a1', 'device', 'a10', false],
  ['a1', 'policy', 'a', true],
  ['a1', 'policy', CLOUD, true],
  ['a1', 'policy', 'b', false],
  [CLOUD, 'device', 'b', true],
] as const)('by nodes, %s sees a %s of %s: %s', (...[node, type, home, isSeen]) => {
  expect(sees({ topology: homesByNode(tree), registry }, node, { home, type })).toBe(isSeen);
});
