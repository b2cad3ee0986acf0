import type { Clock, NewId } from '@wardgrid/base';
import type { Transaction } from '../../../platform/database.ts';
import type { FindingDoor } from '../service.ts';
import { rogueFindings, type ControllerRule, type RogueController } from './repository.ts';
import { ALARMS, ROGUE, TURNED_AWAY, type ChainAlarmKind } from './rules.ts';

/** Something about a controller that a person should know. */
export interface ChainAlarm {
  readonly tenantId: string;
  readonly scope: string;
  readonly kind: ChainAlarmKind;
  /** The controller that it is about. */
  readonly nodeId: string;
  readonly detail: string;
}

/** What is told of controllers: the same thing of the same one is one finding. */
export function createRogueFindings(deps: {
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: NewId;
  readonly announce: FindingDoor['announce'];
}) {
  async function note(
    tx: Transaction,
    rule: ControllerRule,
    about: RogueController,
  ): Promise<boolean> {
    const at = { id: deps.newId(), nowMs: deps.clock.now() };
    const opened = await rogueFindings(tx).open(rule, about, at);
    for (const found of opened) {
      const verb = found.isNew ? 'created' : 'changed';
      await deps.announce(tx, found, [{ id: found.id, verb }]);
    }
    return opened.length > 0;
  }
  return {
    /** Somebody who announces itself as a controller and is not believed. */
    async noteRogue(tx: Transaction, rogue: RogueController): Promise<void> {
      await note(tx, ROGUE, rogue);
    },
    /** Somebody who wanted to join as a controller and was turned away. */
    async noteTurnedAway(tx: Transaction, rogue: RogueController): Promise<void> {
      await note(tx, TURNED_AWAY, rogue);
    },
    /** What controllers notice of each other; false where there is no organization yet to tell it in. */
    noteAlarm: (tx: Transaction, { kind, tenantId, scope, nodeId, detail }: ChainAlarm) =>
      note(tx, ALARMS[kind], {
        tenantId,
        served: scope,
        key: nodeId,
        subject: nodeId,
        evidence: { controllerId: nodeId, detail },
      }),
  };
}
