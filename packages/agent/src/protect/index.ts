/**
 * The protection host: sensors, rules, signature engines, quarantine and the event store, put together
 * and kept together. It owns the order of events, what a finding leads to under the policy, what of it
 * the controller hears, and the change of policy and content without a gap. It senses and judges
 * nothing itself, and works with no controller at all.
 */
export type { FetchContent } from './content-store.ts';
export { createProtection, type Protection, type ProtectionOptions } from './protection.ts';
