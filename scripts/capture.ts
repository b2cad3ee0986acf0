/* Prints the migration that makes the triggers of synchronisation anew: `node scripts/capture.ts`. */
import { captureMigration } from '@wardgrid/controller/features/sync/types/capture';

process.stdout.write(captureMigration());
