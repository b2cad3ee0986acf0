import type * as z from 'zod';
import { decodeBase64Url } from '@wardgrid/base';
import type { SignedEnvelope } from '@wardgrid/wire';
import { coversScope, openCertificate } from './certificate.ts';
import { openEnvelope, sealEnvelope, sealEnvelopes, type OpenedEnvelope } from './envelope.ts';
import type { Cryptography, Signer } from './keys.ts';

/** Who commands the devices of a tenant on a controller. */
export interface Commander {
  readonly signer: Signer;
  /** Of a controller that has no tenant key; null where the tenant's own key signs. */
  readonly certificate: SignedEnvelope | null;
}

/** A device, as far as believing a command needs it. */
export interface Commanded {
  readonly tenantId: string;
  /** Base64url. */
  readonly tenantKey: string;
  /** Where the device lies; null when it was never told: then the tenant's key alone commands it. */
  readonly scope: string | null;
  readonly nowMs: number;
  readonly isRevoked: (nodeId: string) => boolean;
}

export type OpenedCommand<T> =
  | {
      readonly kind: 'opened';
      readonly value: T;
      /** What the signer serves; empty for the tenant's key, which serves all. */
      readonly served: string;
    }
  | {
      readonly kind: 'refused';
      readonly reason: 'key-unknown' | 'signature' | 'unreadable' | 'certificate' | 'scope';
    };

/** Signs many commands with one signature, each with the certificate of its signer. */
export function sealCommands(
  cryptography: Cryptography,
  commander: Commander,
  payloads: readonly unknown[],
): SignedEnvelope[] {
  const envelopes = sealEnvelopes(cryptography, commander.signer, payloads);
  return envelopes.map((envelope) => certified(envelope, commander.certificate));
}

/** Signs one command. */
export function sealCommand(commander: Commander, payload: unknown): SignedEnvelope {
  return certified(sealEnvelope(commander.signer, payload), commander.certificate);
}

function certified(envelope: SignedEnvelope, certificate: SignedEnvelope | null): SignedEnvelope {
  if (!certificate) return envelope;
  const { payload, keyId, signature } = certificate;
  return { ...envelope, certificate: { payload, keyId, signature } };
}

/**
 * Opens what the tenant's key signed, or a controller that the tenant's key certified and that serves
 * the place of the device. Never throws: everything in it is the attacker's.
 */
export function openCommand<S extends z.ZodType>(
  cryptography: Cryptography,
  envelope: SignedEnvelope,
  reader: { readonly device: Commanded; readonly schema: S },
): OpenedCommand<z.output<S>> {
  const { device, schema } = reader;
  const open = (publicKey: string): OpenedEnvelope<z.output<S>> =>
    openEnvelope(cryptography, envelope, { publicKeys: [decodeBase64Url(publicKey)], schema });
  if (!envelope.certificate) {
    const opened = open(device.tenantKey);
    return opened.kind === 'opened' ? { ...opened, served: '' } : opened;
  }
  const certified = openCertificate(cryptography, envelope.certificate, {
    ...device,
    isRevoked: ({ nodeId }) => device.isRevoked(nodeId),
  });
  if (certified.kind === 'refused') return { kind: 'refused', reason: 'certificate' };
  const { publicKey, scope } = certified.certificate;
  const opened = open(publicKey);
  if (opened.kind === 'refused') return opened;
  if (device.scope === null || !coversScope(scope, device.scope)) {
    return { kind: 'refused', reason: 'scope' };
  }
  return { ...opened, served: scope };
}
