import { describe, expect, test } from 'vitest';
import { encodeBase64Url } from '@wardgrid/base';
import type { Order, SignedEnvelope } from '@wardgrid/wire';
import {
  checkOrder,
  coversScope,
  createSigner,
  issueCertificate,
  openCertificate,
  sealCommand,
  sealCommands,
  sealEnvelope,
} from './index.ts';
import { systemCryptography } from './system.ts';

const TENANT = '018bcfe5-6800-7000-8000-000000000002';
const NODE = '018bcfe5-6800-7000-8000-000000000004';
const PLACE = 'a'.repeat(32);
const tenant = createSigner(systemCryptography, new Uint8Array(32).fill(7));
const node = createSigner(systemCryptography, new Uint8Array(32).fill(8));
const thief = createSigner(systemCryptography, new Uint8Array(32).fill(9));

const certificate = {
  tenantId: TENANT,
  nodeId: NODE,
  parentId: null,
  layer: 1,
  publicKey: encodeBase64Url(node.publicKey),
  scope: PLACE,
  name: 'Berlin',
  serial: 1,
  issuedAt: 1_000_000,
  notAfter: 9_000_000,
};
const reader = {
  tenantId: TENANT,
  tenantKey: encodeBase64Url(tenant.publicKey),
  nowMs: 2_000_000,
  isRevoked: () => false,
};

describe('a certificate', () => {
  const issued = issueCertificate(tenant, certificate);
  const open = (envelope: SignedEnvelope, change: Partial<typeof reader> = {}) =>
    openCertificate(systemCryptography, envelope, { ...reader, ...change });

  test('of the tenant is believed', () => {
    expect(open(issued)).toEqual({
      kind: 'opened',
      certificate: { type: 'controller-certificate', ...certificate },
    });
  });

  test.each([
    ['key-unknown', issueCertificate(thief, certificate), {}],
    ['signature', { ...issueCertificate(thief, certificate), keyId: tenant.keyId }, {}],
    ['signature', { ...issued, payload: issued.payload.replace('Berlin', 'Bremen') }, {}],
    ['unreadable', sealEnvelope(tenant, certificate), {}],
    ['tenant', issued, { tenantId: NODE }],
    ['expired', issued, { nowMs: 9_000_001 }],
    ['not-yet-valid', issued, { nowMs: 1_000_000 - 15 * 60_000 - 1 }],
    ['revoked', issued, { isRevoked: () => true }],
  ] as const)('is refused: %s', (reason, envelope, change) => {
    expect(open(envelope, change)).toEqual({ kind: 'refused', reason });
  });
});

test('a place is covered by whole labels, not by letters', () => {
  expect(coversScope('', 'a.b')).toBe(true);
  expect(coversScope('a.b', 'a.b')).toBe(true);
  expect(coversScope('a.b', 'a.b.c')).toBe(true);
  expect(coversScope('a.b', 'a.bc')).toBe(false);
  expect(coversScope('a.b', 'a')).toBe(false);
});

describe('an order of a controller', () => {
  const order: Order = {
    type: 'order',
    id: '018bcfe5-6800-7000-8000-000000000001',
    tenantId: TENANT,
    deviceId: '018bcfe5-6800-7000-8000-000000000003',
    sequence: 1,
    issuedAt: 1_000_000,
    expiresAt: 8_000_000,
    task: { kind: 'inventory', arguments: { sections: ['system'] } },
  };
  const device = {
    ...reader,
    deviceId: order.deviceId,
    scope: `${PLACE}.${'b'.repeat(32)}`,
    hasSeen: () => false,
  };
  const issued = issueCertificate(tenant, certificate);
  const check = (envelope: SignedEnvelope, change: object = {}) =>
    checkOrder(systemCryptography, envelope, { ...device, ...change });

  test('that serves the place of the device is accepted, alone or of many', () => {
    const commander = { signer: node, certificate: issued };
    expect(check(sealCommand(commander, order)).kind).toBe('accepted');
    const many = sealCommands(systemCryptography, commander, [order, { ...order, sequence: 2 }]);
    expect(many.map((envelope) => check(envelope).kind)).toEqual(['accepted', 'accepted']);
  });

  const refused = (reason: string) => ({ kind: 'refused', reason, jobId: null });

  test('that was revoked, has run out or serves another place is refused', () => {
    const signed = sealCommand({ signer: node, certificate: issued }, order);
    expect(check(signed, { isRevoked: (id: string) => id === NODE })).toEqual(
      refused('certificate'),
    );
    expect(check(signed, { nowMs: 9_000_001 })).toEqual(refused('certificate'));
    expect(check(signed, { scope: 'c'.repeat(32) })).toEqual(refused('scope'));
    expect(check(signed, { scope: `${PLACE}b` })).toEqual(refused('scope'));
    expect(check(signed, { scope: null })).toEqual(refused('scope'));
  });

  test('under a borrowed or an own certificate is refused', () => {
    const borrowed = sealCommand({ signer: thief, certificate: issued }, order);
    expect(check(borrowed)).toEqual(refused('key-unknown'));
    const own = issueCertificate(thief, {
      ...certificate,
      publicKey: encodeBase64Url(thief.publicKey),
    });
    expect(check(sealCommand({ signer: thief, certificate: own }, order))).toEqual(
      refused('certificate'),
    );
    // A controller's key is not the tenant's: without its certificate it is nobody's.
    expect(check(sealCommand({ signer: node, certificate: null }, order))).toEqual(
      refused('key-unknown'),
    );
  });
});
