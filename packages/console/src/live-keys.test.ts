import { QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { staleKeysOf } from './live-keys.ts';

/** Which of the queries an event makes stale. */
function staleAfter(
  event: Parameters<typeof staleKeysOf>[0],
  queries: readonly (readonly string[])[],
): string[] {
  const client = new QueryClient();
  for (const queryKey of queries) client.setQueryData(queryKey, {});
  for (const key of staleKeysOf(event)) {
    void client.invalidateQueries({ queryKey: key.split(' ') });
  }
  return queries
    .filter((queryKey) => client.getQueryState(queryKey)?.isInvalidated)
    .map((queryKey) => queryKey.join(' '));
}

test('an event makes the lists of its noun and its own thing stale, and no other', () => {
  const queries = [
    ['devices', 'list', 'a filter'],
    ['devices', 'one', 'a', 'protection'],
    ['devices', 'one', 'b'],
    ['policies', 'list', 'effective', 'a'],
    ['overview'],
  ];
  expect(staleAfter({ noun: 'devices', entityId: 'a' }, queries)).toEqual([
    'devices list a filter',
    'devices one a protection',
    'overview',
  ]);
});

test('a switch, an exception or a set changes rules, their lists and what is hidden', () => {
  const queries = [
    ['rules', 'list'],
    ['rules', 'one', 'a rule'],
    ['rule-sets', 'list'],
    ['rule-exceptions', 'list'],
    ['findings', 'list'],
    ['policies', 'list'],
  ];
  expect(staleAfter({ noun: 'rules', entityId: 'a switch' }, queries)).toEqual([
    'rules list',
    'rules one a rule',
    'rule-sets list',
    'rule-exceptions list',
    'findings list',
  ]);
});
