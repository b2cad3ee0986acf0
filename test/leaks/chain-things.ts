import type { Client } from 'pg';
import { AT, insert, LATER, next, type Node } from './rows.ts';

export async function addController(client: Client, node: Node): Promise<string> {
  const { id, number } = next();
  await insert(client, 'controller', {
    id,
    controller_id: id,
    tenant_id: node.tenantId,
    scope: node.scope,
    parent_id: node.tenantId,
    layer: 1,
    name: `controller ${number}`,
    public_key: id.padEnd(43, 'A'),
    created_at: AT,
    created_by: 'somebody@example.com',
  });
  await insert(client, 'controller_report', {
    controller_id: id,
    tenant_id: node.tenantId,
    scope: node.scope,
    at: AT,
    version: '1.0.0',
    upstream: 'parent',
    cursor: 1,
    queue_up: 0,
    received_at: AT,
  });
  return id;
}

export async function addJoinToken(client: Client, node: Node): Promise<string> {
  const { id, number } = next();
  await insert(client, 'join_token', {
    id,
    tenant_id: node.tenantId,
    scope: node.scope,
    parent_id: node.tenantId,
    name: `controller ${number}`,
    token_id: id.replaceAll('-', '').slice(16),
    token_hash: id.padEnd(64, '0'),
    is_approval_needed: false,
    created_at: AT,
    created_by: 'somebody@example.com',
    expires_at: LATER,
  });
  return id;
}

/** One that somebody’s token brought, and that waits. Its fingerprint is its id without the dashes. */
export async function addJoinCandidate(client: Client, node: Node): Promise<string> {
  const { id, number } = next();
  await insert(client, 'join_candidate', {
    id,
    tenant_id: node.tenantId,
    scope: node.scope,
    node_id: id,
    public_key: id.padEnd(43, 'A'),
    fingerprint: id.replaceAll('-', ''),
    name: `newcomer ${number}`,
    source: 'token',
    address: '192.0.2.1',
    network: '192.0.2.1/32',
    first_seen_at: AT,
    last_seen_at: AT,
  });
  return id;
}

export async function addConflict(client: Client, node: Node): Promise<string> {
  const { id } = next();
  await insert(client, 'sync_conflict', {
    id,
    tenant_id: node.tenantId,
    scope: node.scope,
    at: AT,
    kind: 'lost',
    reason: 'concurrent-older',
    type: 'thing',
    row_id: id,
    op_id: id,
    node: 'cloud',
    op_kind: 'patch',
    changed_by: 'somebody@example.com',
    lost: {},
    kept: {},
  });
  return id;
}

export async function addReference(client: Client, node: Node): Promise<string> {
  const { id } = next();
  await insert(client, 'sync_reference', {
    id,
    tenant_id: node.tenantId,
    scope: node.scope,
    type: 'thing',
    row_id: id,
    given: id,
    at: AT,
  });
  return id;
}
