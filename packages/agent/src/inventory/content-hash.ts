import { createHash } from 'node:crypto';
import { canonicalJson } from '@wardgrid/base';
import type { InventoryBody } from '@wardgrid/wire';
import type { ListenerRow } from './sections.ts';

/** Ports from here on are given out by Linux for a single talk (`ip_local_port_range`). */
const EPHEMERAL_PORT_MIN = 32_768;
/** File systems count as changed when their use moves by one part in this many. */
const USE_STEPS = 100;

/**
 * SHA-256 of a body without what changes by itself: uptime, the last percent of a file system's
 * use, and UDP sockets on ports given out for one talk. Equal hashes mean there is nothing to send.
 */
export function contentHash(body: InventoryBody): string {
  return createHash('sha256')
    .update(canonicalJson(lastingPart(body)))
    .digest('hex');
}

function lastingPart(body: InventoryBody): unknown {
  switch (body.section) {
    case 'system':
      return { ...body, uptimeSeconds: 0 };
    case 'hardware':
      return { ...body, filesystems: body.filesystems.map(lastingUse) };
    case 'network':
      return { ...body, listeners: body.listeners.filter(isLasting) };
    case 'users':
    case 'software':
    case 'services':
    case 'processes':
      return body;
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
