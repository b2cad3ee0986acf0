import type { ForwardedJoin, JoinResponse, SignedEnvelope } from '@wardgrid/wire';
import type { AnnouncementDeps, NearbyRogue } from './announcements/service.ts';
import type { Transaction } from '../../platform/database.ts';

/** A tenant's licence, as a join hands it over. */
export interface LicenceView {
  readonly row: { readonly envelope: SignedEnvelope };
}

/** What controllers need of the rest of the controller. */
export interface ControllersDeps {
  readonly licenceOf: (tx: Transaction, tenantId: string) => Promise<LicenceView | undefined>;
  /** Hands a join on to the controllers above; on a local alone. */
  readonly forward: (join: ForwardedJoin) => Promise<JoinResponse>;
  /** The tenant begins to sync, if it did not; at the cloud alone. */
  readonly activate: (tenantId: string) => Promise<void>;
  /** Somebody tried a token that is none. */
  readonly onJoinRefused: (address: string) => void;
  /** PEM and fingerprint of the own authority, when the controller serves with it. */
  readonly authority: string | null;
  readonly caFingerprint: string | null;
  /** Who serves a place may be another than before. */
  readonly treeChanged: (tx: Transaction, scope: string) => Promise<void>;
  /** What it says on its local networks, and whom it tells of rogues there; null when it does not. */
  readonly announcements: AnnouncementDeps | null;
  /** Notes somebody who wanted to join and was turned away. */
  readonly noteTurnedAway: (tx: Transaction, rogue: NearbyRogue) => Promise<void>;
  /** A controller that was not heard of for so long counts as away. */
  readonly silentAfterMs: number;
}
