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
    const at = clock.now();
    const good = devices.filter(({ state }) => state === 'on').map(({ deviceId }) => deviceId);
    const lacks = devices
      .filter(({ state }) => state !== 'on')
      .map((device) => ({ ...device, ...wordsOf(device), id: newId(), at }));
    const changed = [
      ...(good.length > 0 ? await repository.resolve(good, at) : []),
      ...(lacks.length > 0 ? await repository.open(lacks) : []),
    ];
    const known = new Map(devices.map((device) => [device.deviceId, device]));
    for (const { id, deviceId } of changed) {
      const device = known.get(deviceId);
      if (device) await announce(tx, device, [{ id, verb: 'changed' }]);
    }
  };
}

function wordsOf({ state, reasons }: ProtectionOf) {
  return {
    title: state === 'off' ? 'Nothing protects this device' : 'Protection is degraded',
    reasons: shownText(reasons.join('; '), 1_024),
  };
}
