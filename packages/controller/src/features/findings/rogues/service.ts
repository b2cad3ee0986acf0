import type { Clock, NewId } from '@wardgrid/base';
import type { Transaction } from '../../../platform/database.ts';
import type { FindingDoor } from '../service.ts';
import { rogueFindings, type RogueController } from './repository.ts';

/** Notes somebody who announces itself as a controller and is not believed; the same one is one finding. */
export function createRogueFindings(deps: {
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: NewId;
  readonly announce: FindingDoor['announce'];
}) {
  return async function note(tx: Transaction, rogue: RogueController): Promise<void> {
    const at = { id: deps.newId(), nowMs: deps.clock.now() };
    for (const found of await rogueFindings(tx).open(rogue, at)) {
      const verb = found.isNew ? 'created' : 'changed';
      await deps.announce(tx, found, [{ id: found.id, verb }]);
    }
  };
}
