import { expect, test } from 'vitest';
import { createAddresses } from './addresses.ts';

const upstream = { nodeId: 'north', urls: ['https://a', 'https://b', 'https://c'] };

test('all addresses are tried in their order, the one that answered last before the others', () => {
  const addresses = createAddresses();
  expect(addresses.of(upstream)).toEqual(['https://a', 'https://b', 'https://c']);
  addresses.answered('north', 'https://b');
  expect(addresses.of(upstream)).toEqual(['https://b', 'https://a', 'https://c']);
});

test('one that went silent is tried after the others, until it answers', () => {
  const addresses = createAddresses();
  addresses.wentSilent('north', 'https://a');
  expect(addresses.of(upstream)).toEqual(['https://b', 'https://c', 'https://a']);
  addresses.answered('north', 'https://a');
  expect(addresses.of(upstream)[0]).toBe('https://a');
});

test('an address that is the upstream’s no more is forgotten, and so are the oldest upstreams', () => {
  const addresses = createAddresses();
  addresses.answered('north', 'https://old');
  expect(addresses.of(upstream)).toEqual(upstream.urls);
  addresses.answered('north', 'https://c');
  for (let count = 0; count < 100; count += 1) addresses.answered(`node ${count}`, 'https://a');
  expect(addresses.of(upstream)).toEqual(upstream.urls);
});
