import type { LinkState, ReplyIntake } from './store.ts';

/** What a reply's acknowledgement means for the records that wait. */
export type Acknowledgement =
  /** All records up to the number are safe at the controller. */
  | { readonly kind: 'forget'; readonly upTo: number }
  /**
   * The numbers do not fit together: this device or the controller was restored from a backup. All
   * records that wait get new numbers after the controller's; none of them is dropped.
   */
  | { readonly kind: 'renumber'; readonly isControllerBehind: boolean };

/** Reads an acknowledgement against what this device has numbered and what it has forgotten. */
export function readAcknowledgement(link: LinkState, acknowledged: number): Acknowledgement {
  if (acknowledged > link.assignedSequence) return { kind: 'renumber', isControllerBehind: false };
  if (acknowledged < link.acknowledgedSequence) {
    return { kind: 'renumber', isControllerBehind: true };
  }
  return { kind: 'forget', upTo: acknowledged };
}

/** The link after a reply. Without `hasOrders` the orders were not kept and stay unacknowledged. */
export function linkAfterReply(link: LinkState, reply: ReplyIntake, hasOrders: boolean): LinkState {
  const meaning = readAcknowledgement(link, reply.acknowledgedSequence);
  return {
    ...link,
    receipt: reply.receipt,
    acknowledgedSequence: reply.acknowledgedSequence,
    assignedSequence:
      meaning.kind === 'renumber' ? reply.acknowledgedSequence : link.assignedSequence,
    acknowledgedOrder: hasOrders
      ? Math.max(link.acknowledgedOrder, reply.acknowledgedOrder)
      : link.acknowledgedOrder,
    nextExchangeMs: reply.nextExchangeMs,
    settings: hasOrders && reply.settings ? reply.settings : link.settings,
    lastExchangeAt: reply.at,
  };
}
