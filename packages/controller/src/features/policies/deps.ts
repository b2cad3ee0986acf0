import type { Transaction } from '../../platform/database.ts';

/** What policies need of the rest of the controller; `app.ts` hands it over. */
export interface PolicyDeps {
  /** Settings at and below a scope, or of one device, have to be computed anew. */
  readonly makeSettingsDue: (
    tx: Transaction,
    where:
      | { readonly kind: 'scope'; readonly scope: string }
      | { readonly kind: 'device'; readonly deviceId: string },
  ) => Promise<void>;
  /** Bytes that the policies of a tenant may take, and what they were; the defaults unless given. */
  readonly spaceBytesMax?: number;
  readonly historyBytesMax?: number;
  readonly settingsVersions: (
    tx: Transaction,
    deviceId: string,
  ) => Promise<{ readonly wanted: number; readonly running: number }>;
}
