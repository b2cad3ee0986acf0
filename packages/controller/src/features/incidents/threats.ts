import type { Clock } from '@wardgrid/base';
import { Severity } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { shownText } from '../../platform/stored-text.ts';
import { incidentOpener } from './repository.ts';
import type { IncidentDoor } from './service.ts';
import type { IncidentPlace } from './shapes.ts';

/** A threat that opens an incident. */
interface NewThreat extends IncidentPlace {
  readonly deviceId: string;
  readonly dedupeKey: string;
  readonly title: string;
  readonly severity: Severity;
  readonly note: string;
}

/** Another finding that belongs to an open incident. */
interface MoreThreat {
  readonly scope: string;
  readonly deviceId: string;
  readonly severity: Severity;
  readonly note: string;
}

/** Longest title and entry, as in the other incidents. */
const TITLE_LENGTH_MAX = 300;

/** Incidents about threats, opened and extended by what correlates findings. */
export function createThreatDoor(door: IncidentDoor, clock: Pick<Clock, 'now'>) {
  return {
    async openThreat(tx: Transaction, given: NewThreat): Promise<string> {
      const { deviceId, title, ...incident } = given;
      const opened = await door.open(
        tx,
        {
          ...incident,
          kind: 'threat',
          title: shownText(title, TITLE_LENGTH_MAX),
          at: clock.now(),
        },
        [deviceId],
      );
      return opened.id;
    },

    /** The incident grows graver and wider: it lies where all its devices lie. */
    async extendThreat(tx: Transaction, incidentId: string, given: MoreThreat): Promise<void> {
      const opener = incidentOpener(tx);
      const changed = await opener.extend(incidentId, {
        scope: given.scope,
        severity: Severity.options.indexOf(given.severity),
        text: given.note,
        at: clock.now(),
      });
      await opener.addDevices([{ incidentId, deviceId: given.deviceId }]);
      if (changed) await door.announce(tx, [{ id: incidentId, ...changed, verb: 'changed' }]);
    },
  };
}
