import type { Transaction } from '../../../platform/database.ts';
import { arrivalRepository } from './repository.ts';

/** Devices came, changed or went by what other controllers say, in the transaction that wrote it. */
export async function devicesArrived(
  tx: Transaction,
  tenantId: string,
  given: {
    readonly ids: readonly string[];
    /** Those of which it was told whether they are there. */
    readonly heardIds: readonly string[];
    /** Whether some came, went or were retired. */
    readonly isCountChanged: boolean;
  },
): Promise<void> {
  const repository = arrivalRepository(tx);
  if (given.ids.length > 0) await repository.settle(given.ids);
  if (given.heardIds.length > 0) await repository.noteHeard(given.heardIds);
  if (given.isCountChanged) await repository.countSeats(tenantId);
}
