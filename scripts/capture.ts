/* Prints the triggers that capture what syncs, for the next migration: `node scripts/capture.ts`. */
import { captureStatements } from '@wardgrid/controller/features/sync/types/capture';

process.stdout.write(captureStatements());
