import { ControllerError } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import type { ExchangeDeps } from './deps.ts';
import type { CarriedRequest, CarriedResponse } from './messages.ts';
import type { UpstreamPeer } from './talk.ts';

type Licences = ExchangeDeps['licences'];

/** What the request tells of the licence that this controller goes by. */
export async function licenceTold(
  licences: Licences,
  tenantId: string,
): Promise<Pick<CarriedRequest, 'licenceIssuedAt'>> {
  const licenceIssuedAt = await licences.issuedAt(tenantId);
  return licenceIssuedAt === undefined ? {} : { licenceIssuedAt };
}

/** What the answer brings of a licence file: nothing unless it is later than what the asker has. */
export async function licenceFor(
  licences: Licences,
  { tenantId, licenceIssuedAt }: CarriedRequest,
): Promise<Pick<CarriedResponse, 'licence'>> {
  if (licenceIssuedAt === undefined) return {};
  const licence = await licences.laterThan(tenantId, licenceIssuedAt);
  return licence ? { licence } : {};
}

/** A licence file that was brought to those above counts here as well; who hands it down cannot make one. */
export async function takeLicence(
  { log }: Pick<Platform, 'log'>,
  licences: Licences,
  given: { readonly upstream: UpstreamPeer; readonly carried: CarriedResponse },
): Promise<void> {
  const { licence } = given.carried;
  if (!licence) return;
  try {
    await licences.take(licence);
  } catch (error) {
    if (!(error instanceof ControllerError)) throw error;
    const { nodeId } = given.upstream;
    log.warn('a licence file was refused', { nodeId, reason: error.message });
  }
}
