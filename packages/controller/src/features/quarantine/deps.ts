import type { Job, NewJob, SealedFile } from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';

/** What quarantine needs of the rest of the controller; `app.ts` hands it over. */
export interface QuarantineDeps {
  /** Orders a job of a device with the person's own rights. */
  readonly order: (context: Context, job: NewJob) => Promise<Job>;
}

/** What a device says of a file in its sealed store. */
export interface ToldFile {
  readonly device: {
    readonly deviceId: string;
    readonly tenantId: string;
    readonly organizationId: string;
    readonly scope: string;
  };
  readonly thing: SealedFile;
}
