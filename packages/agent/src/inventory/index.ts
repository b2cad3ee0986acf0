/**
 * The inventory: what a device is, is made of, is connected to, who uses it, what is installed and
 * what runs on it. It owns the shapes, their bounds and the hash that tells whether a section must
 * be sent again; reading the machine is the platform's work, sending is the link's.
 */
export * from './bounds.ts';
export { collectInventory, type CollectedSection, type CollectOptions } from './collect.ts';
export { contentHash } from './content-hash.ts';
export * from './sections.ts';
