import { expect, test } from 'vitest';
import type { ProcessNode } from '@wardgrid/wire';
import { processTreeOf } from './process-tree.ts';

function node(entityId: string, parentEntityId: string | null, startedAt = 0): ProcessNode {
  return {
    entityId,
    parentEntityId,
    pid: 1,
    startedAt,
    endedAt: null,
    executable: `/bin/${entityId}`,
    commandLine: entityId,
    user: 'root',
  };
}

function placesOf(processes: readonly ProcessNode[]): readonly string[] {
  return processTreeOf(processes).map(({ process, depth }) => `${depth} ${process.entityId}`);
}

test('each process stands below its parent, siblings by their start', () => {
  const processes = [
    node('curl', 'sh', 3),
    node('sh', 'nginx'),
    node('nginx', 'init'),
    node('id', 'sh', 2),
  ];
  expect(placesOf(processes)).toEqual(['0 nginx', '1 sh', '2 id', '2 curl']);
});

test('a circle and a process that is its own parent are shown once each', () => {
  const processes = [node('a', 'b'), node('b', 'a'), node('c', 'c')];
  expect(placesOf(processes).toSorted()).toEqual(['0 a', '0 c', '1 b']);
});

test('the same entity reported twice is shown as it was reported', () => {
  expect(placesOf([node('a', null), node('a', null)])).toEqual(['0 a', '0 a']);
});
