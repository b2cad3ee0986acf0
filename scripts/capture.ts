/* Prints the migration that makes the triggers of synchronisation anew: `node scripts/capture.ts`. */
import { captureMigration, SYNC_TYPES } from '@wardgrid/controller/features/sync/types/index';

process.stdout.write(captureMigration(SYNC_TYPES));
