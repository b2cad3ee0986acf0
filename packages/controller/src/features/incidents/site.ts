/** What is known of the active devices of one place. */
export interface SiteFacts {
  readonly online: number;
  /** Dark devices that were heard of last at about the same time as the last one of all. */
  readonly darkTogether: number;
  /** Dark devices that were heard of within a day: what is away for longer is no part of this. */
  readonly darkToday: number;
}

/** Fewer devices are not a site: one that is off may simply be off. */
const SITE_DEVICES_MIN = 2;

/**
 * Whether a site went dark: nothing there is online, and at least two devices went together, being
 * at least half of those that were heard of today. Machines that are switched off one by one in the
 * evening are not a dark site; neither do machines that are away for weeks hide one.
 */
export function isSiteDark(facts: SiteFacts): boolean {
  return (
    facts.online === 0 &&
    facts.darkTogether >= SITE_DEVICES_MIN &&
    facts.darkTogether * 2 >= facts.darkToday
  );
}

/** Whether a dark site is back: at least half of the devices of the incident. */
export function isSiteBack(facts: { readonly online: number; readonly devices: number }): boolean {
  return facts.online * 2 >= facts.devices;
}
