import type { Clock, NewId } from '@wardgrid/base';
import type { ProtectionState } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { shownText } from '../../platform/stored-text.ts';
import { protectionFindings } from './protection-repository.ts';
import type { FindingDoor } from './service.ts';
import type { ThreatDevice } from './threats/service.ts';

/** A device whose protection is another than before. */
export interface ProtectionOf extends ThreatDevice {
  readonly state: ProtectionState;
  readonly reasons: readonly string[];
}

interface Deps {
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: NewId;
  readonly announce: FindingDoor['announce'];
}

/** A device that does not protect as it should is a low finding, resolved by itself when it does again. */
export function createProtectionFindings({ clock, newId, announce }: Deps) {
  return async function note(tx: Transaction, devices: readonly ProtectionOf[]): Promise<void> {
    const repository = protectionFindings(tx);
    for (const device of devices) {
      const found = {
        ...device,
        title: device.state === 'off' ? 'Nothing protects this device' : 'Protection is degraded',
        reasons: shownText(device.reasons.join('; '), 1_024),
      };
      const id =
        device.state === 'on'
          ? await repository.resolve(device.deviceId, clock.now())
          : await repository.open({ ...found, id: newId(), at: clock.now() });
      if (id !== undefined) await announce(tx, device, [{ id, verb: 'changed' }]);
    }
  };
}
