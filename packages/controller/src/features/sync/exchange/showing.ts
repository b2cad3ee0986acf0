import { nodeOf, type SyncResponse } from '@wardgrid/sync';
import { signOps, type Signer } from '@wardgrid/trust';

/**
 * An answer with the undecided ops of this controller that it shows signed each at its place: whoever is
 * shown one of them sees no others, to which the signature at the end of a run would belong. Those of
 * controllers above come with their authors' signatures.
 */
export function signShown(
  response: SyncResponse,
  by: { readonly nodeId: string; readonly signer: Signer },
): SyncResponse {
  if (!response.foreign) return response;
  const foreign = response.foreign.map((sealed) => {
    const { op, head, signature } = sealed;
    if (signature !== undefined || nodeOf(op.stream) !== by.nodeId) return sealed;
    return { ...sealed, signature: signOps(by.signer, { stream: op.stream, q: op.q, head }) };
  });
  return { ...response, foreign };
}
