import type { JobTask, NewJobTask, Selection } from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import type { Transaction } from '../../platform/database.ts';
import type { ControllerError } from '../../platform/error.ts';

/** A device as jobs need it. */
export interface JobDevice {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly name: string;
  readonly localIp: string | null;
  readonly primaryCidr: string | null;
  readonly gatewayMac: string | null;
}

/** The next order number of a device, taken under its lock, and where the device lies now. */
export interface OrderNumber {
  readonly deviceId: string;
  readonly sequence: number;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
}

/** An order on its way to its device: the signed envelope as text. */
export interface ReadyOrder {
  readonly deviceId: string;
  readonly sequence: number;
  readonly envelope: string;
}

/** The live connections of this controller. */
export interface LiveDevices {
  /** Names them in announcements. */
  readonly id: string;
  /** Whether a device listens here and has all that waited for it. */
  readonly holds: (deviceId: string) => boolean;
  /** Sends orders after the commit that made their jobs as sent. What is lost comes with the exchange. */
  readonly hand: (orders: readonly ReadyOrder[]) => void;
}

/** A task as the device will get it, or why this device may not. */
export type PreparedTask =
  | { readonly kind: 'ready'; readonly task: JobTask }
  | { readonly kind: 'refused'; readonly error: ControllerError };

/** What touches a network: discovery judges whether it may. */
export type NetworkTask = Extract<NewJobTask, { kind: 'discovery' | 'port-scan' }>;

/** What jobs need of the rest of the controller; `app.ts` hands it over. */
export interface JobDeps {
  readonly devices: {
    readonly find: (tx: Transaction, id: string) => Promise<JobDevice | undefined>;
    /** The devices of a selection that the transaction may see, at most `limit`. */
    readonly select: (
      tx: Transaction,
      selection: Selection,
      limit: number,
    ) => Promise<readonly JobDevice[]>;
    readonly takeOrderNumbers: (
      tx: Transaction,
      deviceIds: readonly string[],
    ) => Promise<readonly OrderNumber[]>;
  };
  readonly live: () => LiveDevices;
  /**
   * Makes what a person asks for into what devices are told, in their order: resolves networks, checks
   * approval and size. The right to make jobs was checked before. Problems of the request itself are
   * thrown, those of one device returned.
   */
  readonly prepare: (
    context: Context,
    request: {
      readonly task: NetworkTask;
      readonly devices: readonly JobDevice[];
    },
  ) => Promise<readonly PreparedTask[]>;
}
