import { createHash } from 'node:crypto';
import { canonicalJson } from '@wardgrid/base';
import type { InventoryBodies, InventorySection, ListenerRow } from './sections.ts';

/** Ports from here on are given out by Linux for a single talk (`ip_local_port_range`). */
const EPHEMERAL_PORT_MIN = 32_768;
/** File systems count as changed when their use moves by one part in this many. */
const USE_STEPS = 100;

/** A section with its body, as a union over the sections. */
export type SectionBody = {
  readonly [S in InventorySection]: { readonly section: S; readonly body: InventoryBodies[S] };
}[InventorySection];

/**
 * SHA-256 of a body without what changes by itself: uptime, the last percent of a file system's
 * use, and UDP sockets on ports given out for one talk. Equal hashes mean there is nothing to send.
 */
export function contentHash(value: SectionBody): string {
  return createHash('sha256')
    .update(canonicalJson(lastingPart(value)))
    .digest('hex');
}

function lastingPart(value: SectionBody): unknown {
  switch (value.section) {
    case 'system':
      return { ...value.body, uptimeSeconds: 0 };
    case 'hardware':
      return { ...value.body, filesystems: value.body.filesystems.map(lastingUse) };
    case 'network':
      return { ...value.body, listeners: value.body.listeners.filter(isLasting) };
    case 'users':
    case 'software':
    case 'services':
      return value.body;
  }
}

function lastingUse<T extends { readonly usedBytes: number; readonly sizeBytes: number }>(
  row: T,
): T {
  const share = row.sizeBytes > 0 ? row.usedBytes / row.sizeBytes : 0;
  return { ...row, usedBytes: Math.round(share * USE_STEPS) };
}

function isLasting(row: ListenerRow): boolean {
  return row.transport === 'tcp' || row.port < EPHEMERAL_PORT_MIN;
}
