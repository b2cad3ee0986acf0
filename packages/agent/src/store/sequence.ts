import { INITIAL_NUMBERS, type LinkNumbers, type LinkState, type ReplyIntake } from './store.ts';

/**
 * Controllers whose numbers are kept: a chain is at most this long. One that is forgotten is met as
 * for the first time, and says itself what it has.
 */
const CONTROLLERS_MAX = 16;

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

/** The link after turning to a controller: its numbers, and those of the one before put by. */
export function linkAttached(link: LinkState, controllerId: string): LinkState {
  if (link.controllerId === controllerId) return link;
  // The first that is named is the one that was talked with all along.
  if (link.controllerId === null) return { ...link, controllerId };
  const { [controllerId]: known = INITIAL_NUMBERS, ...others } = link.elsewhere;
  const kept = Object.entries(others).slice(1 - CONTROLLERS_MAX);
  const elsewhere = Object.fromEntries([...kept, [link.controllerId, numbersOf(link)]]);
  return { ...link, ...known, controllerId, elsewhere };
}

function numbersOf(link: LinkState): LinkNumbers {
  const { receipt, acknowledgedOrder, prunedOrder, acknowledgedSequence, assignedSequence } = link;
  return { receipt, acknowledgedOrder, prunedOrder, acknowledgedSequence, assignedSequence };
}

/** The link once orders up to these numbers were forgotten, each of its controller. */
export function linkPruned(link: LinkState, pruned: ReadonlyMap<string, number>): LinkState {
  const raised = <N extends LinkNumbers>(numbers: N, controllerId: string): N => {
    const prunedOrder = Math.max(numbers.prunedOrder, pruned.get(controllerId) ?? 0);
    return { ...numbers, prunedOrder };
  };
  const elsewhere = Object.entries(link.elsewhere).map(
    ([controllerId, numbers]) => [controllerId, raised(numbers, controllerId)] as const,
  );
  return { ...raised(link, link.controllerId ?? ''), elsewhere: Object.fromEntries(elsewhere) };
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
