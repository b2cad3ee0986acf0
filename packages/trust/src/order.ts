import { Order, type SignedEnvelope } from '@wardgrid/wire';
import { openCommand, type Commanded } from './delegation.ts';
import type { Cryptography } from './keys.ts';

/** Why an agent refuses an order; told to the controller. */
export type OrderRefusal =
  | 'unreadable'
  | 'signature'
  | 'key-unknown'
  | 'audience'
  | 'expired'
  | 'not-yet-valid'
  | 'replayed'
  | 'certificate'
  | 'scope';

export type CheckedOrder =
  | { readonly kind: 'accepted'; readonly order: Order }
  | { readonly kind: 'refused'; readonly reason: OrderRefusal; readonly jobId: string | null };

/** How far a controller's clock may run ahead of the device's before an order looks forged. */
const CLOCK_TOLERANCE_MS = 15 * 60_000;

/**
 * Whether an order may run on this device now: signed by its tenant or by a controller of the tenant
 * that serves its place, meant for it, in time, and not seen before. `hasSeen` asks the device's own record of orders that it took.
 */
export function checkOrder(
  cryptography: Cryptography,
  envelope: SignedEnvelope,
  device: Commanded & {
    readonly deviceId: string;
    readonly hasSeen: (order: Order) => boolean;
  },
): CheckedOrder {
  const opened = openCommand(cryptography, envelope, { device, schema: Order });
  if (opened.kind === 'refused') return { kind: 'refused', reason: opened.reason, jobId: null };
  const order = opened.value;
  const refuse = (reason: OrderRefusal): CheckedOrder => ({
    kind: 'refused',
    reason,
    jobId: order.id,
  });
  if (order.deviceId !== device.deviceId || order.tenantId !== device.tenantId)
    return refuse('audience');
  if (device.nowMs > order.expiresAt) return refuse('expired');
  if (order.issuedAt > device.nowMs + CLOCK_TOLERANCE_MS) return refuse('not-yet-valid');
  if (device.hasSeen(order)) return refuse('replayed');
  return { kind: 'accepted', order };
}
