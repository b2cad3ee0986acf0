/* A sensor that reads nothing for so long that a bounded queue of the kernel overflows. */
import { systemClock } from '@wardgrid/base/system';
import { sayReady } from './say-ready.ts';

/** Longer than the test takes to make 200 events, on a busy machine as well. */
const LATE_MS = 1_500;

sayReady();
await systemClock.sleep(LATE_MS);
await import('../sensor-worker.ts');
