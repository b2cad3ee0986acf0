import type { Transaction } from '../../platform/database.ts';

/** What rules need of the rest of the controller; `app.ts` hands it over. */
export interface RuleDeps {
  /** Where the rules of the product lie. */
  readonly rulesFolder: string;
  /** Settings have to be computed anew. */
  readonly makeSettingsDue: (
    tx: Transaction,
    where:
      | { readonly kind: 'all' }
      | { readonly kind: 'scope'; readonly scope: string }
      | { readonly kind: 'device'; readonly deviceId: string },
  ) => Promise<void>;
}
