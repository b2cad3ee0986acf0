import { decodeBase64Url, encodeBase64Url, type Clock, type Log } from '@wardgrid/base';
import { openCertificate, openLicence } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import type { ControllerRole, JoinResponse } from '@wardgrid/wire';
import { ControllerError } from '../../../platform/error.ts';
import type { ChainTime } from '../../../platform/chain-time.ts';
import type { Keys } from '../../../platform/keys.ts';
import type { Membership, Place } from '../../../platform/membership.ts';

/** What was asked for, and who asked. */
interface Joiner {
  readonly keys: Keys;
  readonly place: Place;
  readonly clock: Clock;
  /** The machine's clock is put right by the parent's, before anything is written here. */
  readonly chainTime: Pick<ChainTime, 'correct' | 'offsetMs'>;
  readonly log: Log;
}

type Joined = Extract<JoinResponse, { kind: 'joined' }>;

/**
 * Keeps the place that was given. Believes nothing that the chain of keys does not hold.
 * @throws ControllerError `join-refused` for an answer that does not verify, or gives another role.
 */
export async function keepPlace(
  { keys, place, clock, chainTime, log }: Joiner,
  joined: Joined,
): Promise<Membership> {
  chainTime.correct(clock.now() + chainTime.offsetMs() - joined.serverTime);
  const membership = membershipOf(keys, joined, clock.now());
  requireRole(place.role, membership);
  await keys.keepDirectory(joined.tenantId, decodeBase64Url(joined.directoryKey));
  await place.save(membership);
  log.info('joined', { tenantId: membership.tenantId, layer: membership.layer });
  return membership;
}

function membershipOf(keys: Keys, joined: Joined, nowMs: number): Membership {
  const { tenantId, platformKey, upstreams } = joined;
  const licence = openLicence(systemCryptography, platformKey, joined.licence);
  if (licence.kind === 'refused' || licence.value.tenantId !== tenantId) {
    throw new ControllerError('join-refused', 'the licence in the answer does not verify');
  }
  const { tenantKey } = licence.value;
  const reader = { tenantId, tenantKey, nowMs, isRevoked: () => false };
  const opened = openCertificate(systemCryptography, joined.certificate, reader);
  if (
    opened.kind === 'refused' ||
    opened.certificate.nodeId !== keys.controllerId ||
    opened.certificate.publicKey !== encodeBase64Url(keys.node.publicKey)
  ) {
    throw new ControllerError('join-refused', 'the certificate in the answer does not verify');
  }
  const { parentId, layer, scope, name } = opened.certificate;
  const areRight = upstreams.every(({ certificate, nodeId }) => {
    const upstream = openCertificate(systemCryptography, certificate, reader);
    return upstream.kind === 'opened' && upstream.certificate.nodeId === nodeId;
  });
  if (parentId === null || !areRight) {
    throw new ControllerError('join-refused', 'the controllers in the answer do not verify');
  }
  const { certificate } = joined;
  return {
    tenantId,
    tenantKey,
    platformKey,
    parentId,
    layer,
    scope,
    name,
    certificate,
    licence: joined.licence,
    upstreams,
    // The first answer says which it is.
    scopeVersion: 0,
  };
}

function requireRole(role: ControllerRole, { layer }: Membership): void {
  const given = layer === 1 ? 'local' : 'sub-local';
  if (role === given) return;
  throw new ControllerError(
    'join-refused',
    `this makes a ${given} controller: start it with --role ${given}`,
  );
}
