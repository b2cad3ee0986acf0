import { expect, test } from 'vitest';
import { planScan } from './scan-plan.ts';

const approved = { state: 'approved' } as const;

test('a device without a network cannot be asked to scan it', () => {
  expect(planScan({ primaryCidr: null }, undefined)).toEqual({ kind: 'no-network' });
  expect(planScan({ primaryCidr: 'nonsense' }, undefined)).toEqual({ kind: 'no-network' });
});

test('up to /22 nothing has to be confirmed', () => {
  expect(planScan({ primaryCidr: '10.0.0.0/22' }, approved)).toMatchObject({
    kind: 'possible',
    addresses: 1_024,
    isSizeToConfirm: false,
    approval: 'approved',
  });
});

test('above /22 the size is confirmed, above /16 the scan is refused', () => {
  expect(planScan({ primaryCidr: '10.0.0.0/21' }, approved)).toMatchObject({
    isSizeToConfirm: true,
  });
  expect(planScan({ primaryCidr: '10.0.0.0/16' }, approved)).toMatchObject({
    isSizeToConfirm: true,
  });
  expect(planScan({ primaryCidr: '10.0.0.0/15' }, approved)).toMatchObject({ kind: 'too-large' });
  expect(planScan({ primaryCidr: 'fd00::/64' }, approved)).toMatchObject({ kind: 'too-large' });
});

test('a network that nobody decided on needs approval; a refused one stays refused', () => {
  const device = { primaryCidr: '10.0.0.0/24' };
  expect(planScan(device, undefined)).toMatchObject({ approval: 'needed' });
  expect(planScan(device, { state: 'reported' })).toMatchObject({ approval: 'needed' });
  expect(planScan(device, { state: 'refused' })).toMatchObject({ approval: 'refused' });
});
