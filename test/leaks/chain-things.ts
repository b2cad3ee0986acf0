import type { Client } from 'pg';
import { AT, insert, LATER, next, type Node } from './rows.ts';

/** One that waits to be let in: that is what people do most to it. */
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
