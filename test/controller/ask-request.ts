import { encodeBase64Url } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { signStatement, type Signer } from '@wardgrid/trust';
import { PRODUCT_VERSION, PROTOCOL_VERSION, type AskRequest } from '@wardgrid/wire';

/** A request to be let in, as a machine makes it that is no program of ours. */
export function askRequestOf(
  signer: Signer,
  given: Partial<AskRequest> & Pick<AskRequest, 'parentKey'>,
): AskRequest {
  const statement = {
    protocol: PROTOCOL_VERSION,
    role: 'local' as const,
    name: 'box',
    nodeId: systemNewId(),
    publicKey: encodeBase64Url(signer.publicKey),
    issuedAt: systemClock.now(),
    urls: [],
    authority: null,
    version: PRODUCT_VERSION,
    ...given,
  };
  return { ...statement, proof: signStatement(signer, 'ask', statement) };
}
