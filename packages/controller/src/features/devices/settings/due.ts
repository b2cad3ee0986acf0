import type { Transaction } from '../../../platform/database.ts';
import { TOPIC_IDS_MAX } from '../../../topics.ts';
import { settingsRepository, type SettingsPlace } from './repository.ts';

/** Devices that are called to an exchange at once; of more, each hears of it with its next one. */
const CALLED_MAX = 1_000;

/**
 * What decides the settings of these devices changed: they are computed anew with the next exchange
 * of each, and reach those alone for whom they come out otherwise.
 */
export async function makeSettingsDue(tx: Transaction, where: SettingsPlace): Promise<void> {
  const due = await settingsRepository(tx).makeDue(where);
  if (due.length > CALLED_MAX) return;
  for (let index = 0; index < due.length; index += TOPIC_IDS_MAX) {
    await tx.publish({
      topic: 'settings.due',
      deviceIds: due.slice(index, index + TOPIC_IDS_MAX),
    });
  }
}
