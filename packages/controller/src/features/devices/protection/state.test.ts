import type { ProtectionHealth } from '@wardgrid/wire';
import { expect, test } from 'vitest';
import { judgeProtection } from './state.ts';

const SENSOR: ProtectionHealth['sensors'][number] = {
  name: 'process',
  state: 'on',
  source: 'bpf',
  reason: null,
  events: 0,
  dropped: 0,
  p50Us: null,
  p99Us: null,
  blindMs: 0,
  blindSpots: [],
};
const ENGINE: ProtectionHealth['engines'][number] = {
  name: 'sigma',
  state: 'on',
  reason: null,
  rules: 1,
  evaluated: 0,
  matched: 0,
  notEvaluable: 0,
};

function health(given: Partial<ProtectionHealth> = {}): ProtectionHealth {
  return {
    mode: 'balanced',
    policyVersion: 1,
    contentDigest: null,
    sensors: [SENSOR],
    engines: [ENGINE],
    quarantined: 0,
    ...given,
  };
}

test('protects as it should, in part or not at all, each with its reasons', () => {
  expect(judgeProtection(health())).toEqual({ state: 'on', reasons: [] });
  expect(judgeProtection(health({ mode: 'off' })).state).toBe('off');
  expect(judgeProtection(health({ sensors: [] })).state).toBe('off');
  const off = { ...SENSOR, state: 'off' as const, reason: 'no root' };
  expect(judgeProtection(health({ sensors: [off] }))).toEqual({
    state: 'off',
    reasons: ['process is off: no root'],
  });
  expect(judgeProtection(health({ sensors: [SENSOR, { ...off, name: 'memory' }] }))).toEqual({
    state: 'degraded',
    reasons: ['memory is off: no root'],
  });
});

test('an engine of others that is not installed takes nothing away, one of ours does', () => {
  const clamav = { ...ENGINE, name: 'clamav' as const, state: 'off' as const };
  expect(judgeProtection(health({ engines: [ENGINE, clamav] })).state).toBe('on');
  const sigma = { ...ENGINE, state: 'off' as const, reason: 'no\u202econtent' };
  expect(judgeProtection(health({ engines: [sigma] }))).toEqual({
    state: 'degraded',
    reasons: [String.raw`sigma is off: no\u{202e}content`],
  });
});
