import type { Config } from './config.ts';
import { createAccountsFeature, type AccountsFeature } from './features/accounts/index.ts';
import { createTenantsFeature, type TenantsFeature } from './features/tenants/index.ts';
import type { Platform } from './platform/services.ts';

/** The features that others need by name. */
export interface Features {
  readonly tenants: TenantsFeature;
  readonly accounts: AccountsFeature;
  /** Runs the workers until aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** Makes every feature and gives each what it asked for: the one place where they meet. */
export function createFeatures(
  platform: Platform,
  options: { readonly config: Config; readonly caFingerprint: string | null },
): Features {
  const tenants = createTenantsFeature(platform);
  const accounts = createAccountsFeature(platform, { tenants });
  return {
    tenants,
    accounts,
    async start(signal) {
      await Promise.all([accounts.start(signal)]);
    },
  };
}
