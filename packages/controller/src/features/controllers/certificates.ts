import type { SignedEnvelope } from '@wardgrid/wire';
import { notFound } from '../../platform/error.ts';
import type { Platform } from '../../platform/services.ts';
import { nodeRepository } from './repository.ts';

/** This controller's own certificate in a tenant. @throws ControllerError `not-found` in any other. */
export async function ownCertificate(
  { place, database, keys }: Pick<Platform, 'place' | 'database' | 'keys'>,
  tenantId: string,
): Promise<SignedEnvelope> {
  const joined = place.membership();
  if (joined) {
    if (joined.tenantId !== tenantId) throw notFound('tenant');
    return joined.certificate;
  }
  const nodes = await database.transact({ kind: 'ingest' }, (tx) =>
    nodeRepository(tx).ofController(keys.controllerId),
  );
  const certificate = nodes.find((node) => node.tenantId === tenantId)?.certificate;
  if (!certificate) throw notFound('tenant');
  return certificate;
}
