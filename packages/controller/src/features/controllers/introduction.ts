import { encodeBase64Url } from '@wardgrid/base';
import { signStatement } from '@wardgrid/trust';
import type { ControllerRole, SignedIntroduction } from '@wardgrid/wire';
import type { Platform } from '../../platform/services.ts';
import { ROOT_NAME } from './nodes.ts';

/** What a controller is that stands right below one. */
export function roleBelow(role: ControllerRole): 'local' | 'sub-local' {
  return role === 'cloud' ? 'local' : 'sub-local';
}

/** Says who this controller is to one that believes nothing yet; fresh by the asker's nonce. */
export function introduce(
  { keys, place, clock }: Platform,
  given: { readonly nonce: string; readonly authority: string | null },
): SignedIntroduction {
  const introduction = {
    controllerId: keys.controllerId,
    publicKey: encodeBase64Url(keys.node.publicKey),
    role: place.role,
    name: place.membership()?.name ?? ROOT_NAME,
    authority: given.authority,
    at: clock.now(),
    nonce: given.nonce,
  };
  return { introduction, signature: signStatement(keys.node, 'introduce', introduction) };
}
