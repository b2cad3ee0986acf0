import type { EngineFinding } from '@wardgrid/detection';
import type { SensorHealth } from '@wardgrid/wire';

/** What came of one script. */
export interface Performance {
  readonly script: string;
  readonly code: number | null;
  readonly stderr: string;
  readonly events: number;
  readonly findings: readonly Pick<
    EngineFinding,
    'title' | 'severity' | 'techniques' | 'subject'
  >[];
}

/** What a stage prints. */
export interface StageReport {
  readonly health: readonly SensorHealth[];
  readonly performances: readonly Performance[];
}
