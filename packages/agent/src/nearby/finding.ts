import { createHash } from 'node:crypto';
import { boundedText, visibleText } from '@wardgrid/base';
import type { Rogue, RogueReason } from '@wardgrid/trust';
import type { DeviceFinding } from '@wardgrid/wire';

const REASONS: Readonly<Record<RogueReason, string>> = {
  unreadable: 'what it says is no announcement of ours',
  signature: 'it does not have the key it names, or its words were changed',
  impersonation: 'it has the id of a known controller and another key',
  certificate: 'it showed no certificate of this tenant',
};

/** The finding about somebody who says to be a controller and is not believed. */
export function rogueFinding(
  rogue: Rogue,
  at: { readonly deviceId: string; readonly nowMs: number },
): DeviceFinding {
  const { announcement, sender, reason } = rogue;
  const said = announcement ? ` as ${announcement.url}` : '';
  const key = announcement?.publicKey ?? sender;
  return {
    id: idOf(`${at.deviceId} ${reason} ${key}`),
    rule: 'rogue-controller',
    title: 'A machine on the network says to be a controller and is not believed',
    engine: 'anomaly',
    severity: 'high',
    confidence: 70,
    // ATT&CK: Adversary-in-the-Middle.
    techniques: ['T1557'],
    contentDigest: null,
    subject: boundedText(visibleText(`${sender}${said}`), 1_024),
    remedy:
      'Find the machine with this address. If it is a controller of another installation, keep the two on networks of their own; if it is nobody you know, take it off the network.',
    author: null,
    firstSeenAt: at.nowMs,
    lastSeenAt: at.nowMs,
    count: 1,
    matches: [{ selection: 'announcement', field: 'reason', value: REASONS[reason] }],
    event: null,
    processes: [],
    actions: [],
  };
}

/** The same rogue has the same id after a restart, too: a UUID of version 8 (RFC 9562, section 5.8). */
function idOf(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
