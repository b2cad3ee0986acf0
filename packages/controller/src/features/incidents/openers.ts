import { visibleText, type Clock } from '@wardgrid/base';
import type { RecordBody, Severity } from '@wardgrid/wire';
import type * as z from 'zod';
import type { Transaction } from '../../platform/database.ts';
import type { IncidentDoor } from './service.ts';

/** A device about which an incident is opened. */
export interface ConcernedDevice {
  readonly deviceId: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly name: string;
}

type Refusal = Extract<z.infer<typeof RecordBody>, { kind: 'order-refused' }>['reason'];

/** Refusals that only a forged, stolen or replayed order causes are grave; a late one is not. */
const REFUSAL_SEVERITIES: Readonly<Record<Refusal, Severity>> = {
  signature: 'high',
  audience: 'high',
  replayed: 'high',
  'key-unknown': 'high',
  certificate: 'high',
  scope: 'high',
  unreadable: 'medium',
  unsupported: 'low',
  expired: 'low',
  'not-yet-valid': 'low',
};

/** A second machine that used the identity of the first, and got one of its own. */
export interface ClonedIdentity {
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly originalDeviceId: string;
  readonly newDeviceId: string;
  readonly hostname: string;
}

/** The incidents that the link opens, in its transactions. */
export function createOpeners(incidents: Pick<IncidentDoor, 'open'>, clock: Pick<Clock, 'now'>) {
  return {
    /** A second machine used the identity of a device, and got one of its own. */
    async identityCloned(tx: Transaction, given: ClonedIdentity): Promise<void> {
      const { tenantId, organizationId, scope, originalDeviceId, newDeviceId } = given;
      const hostname = visibleText(given.hostname);
      await incidents.open(
        tx,
        {
          tenantId,
          organizationId,
          scope,
          kind: 'identity-cloned',
          dedupeKey: `identity-cloned:${originalDeviceId}`,
          title: `Another machine used the identity of ${hostname}`,
          severity: 'high',
          note: `A second machine used the same identity and became device ${newDeviceId}`,
          at: clock.now(),
        },
        [originalDeviceId, newDeviceId],
      );
    },

    /** A device refused an order: it was altered, meant for another, sent again, or came too late. */
    async orderRefused(
      tx: Transaction,
      given: {
        readonly device: ConcernedDevice;
        readonly jobId: string | null;
        readonly reason: Refusal;
        readonly detail: string;
      },
    ): Promise<void> {
      const { device, reason } = given;
      const { deviceId } = device;
      await incidents.open(
        tx,
        {
          ...placeOf(device),
          kind: 'order-refused',
          dedupeKey: `order-refused:${deviceId}:${reason}`,
          title: `${device.name} refused an order: ${reason}`,
          severity: REFUSAL_SEVERITIES[reason],
          note: visibleText(
            `Job ${given.jobId ?? 'unknown'} was refused (${reason}): ${given.detail}`,
          ),
          at: clock.now(),
        },
        [deviceId],
      );
    },
  };
}

function placeOf({ tenantId, organizationId, scope }: ConcernedDevice) {
  return { tenantId, organizationId, scope };
}
