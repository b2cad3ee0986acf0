/**
 * Why one machine should believe another: keys, signed envelopes and statements, licences, orders.
 * Pure but for `system.ts`, which offers the same cryptography by Node; it owns no key and no state,
 * and must not know where keys are kept or how messages travel.
 */
export { checkAnnouncement, signAnnouncement, type CheckedAnnouncement } from './announcement.ts';
export { createAnnouncementWatch, type Rogue, type RogueReason } from './announcement-watch.ts';
export {
  coversScope,
  issueCertificate,
  openCertificate,
  type CertificateRefusal,
  type OpenedCertificate,
} from './certificate.ts';
export {
  openCommand,
  sealCommand,
  sealCommands,
  type Commanded,
  type Commander,
} from './delegation.ts';
export { openEnvelope, sealEnvelope, sealEnvelopes, type OpenedEnvelope } from './envelope.ts';
export {
  createSigner,
  fingerprintOf,
  keyIdOf,
  portableCryptography,
  type Cryptography,
  type Signer,
} from './keys.ts';
export { licenceStateAt, openLicence } from './licence.ts';
export { createMerkleTree, rootFromPath, type MerkleTree } from './merkle.ts';
export {
  contentDigest,
  readMessageSignature,
  signMessage,
  verifyMessage,
  type CoveredParts,
  type ReceivedSignature,
} from './message-signature.ts';
export { signOps, verifyOps, type SignedPlace } from './op-signature.ts';
export { checkOrder, type CheckedOrder, type OrderRefusal } from './order.ts';
export { signStatement, verifyStatement, type Purpose } from './statement.ts';
