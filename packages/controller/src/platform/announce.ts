import { instantOf, type LiveEvent } from '@wardgrid/wire';
import type { Transaction } from './database.ts';

/** A thing that changed, as consoles are told of it. */
export interface Changed {
  readonly id: string;
  /** Null at the platform. */
  readonly tenantId: string | null;
  readonly scope: string;
}

/** Changes of one transaction that are told one by one; of more, consoles are told one a scope. */
const SINGLE_MAX = 20;
/** Most messages for one transaction: a console that hears of fifty places reads its list anew anyway. */
const MESSAGES_MAX = 50;

/** Tells consoles after the commit what happened to many things, without flooding them. */
export async function announceAll(
  tx: Transaction,
  what: Pick<LiveEvent, 'noun' | 'verb'> & { readonly nowMs: number },
  changed: readonly Changed[],
): Promise<void> {
  const told =
    changed.length <= SINGLE_MAX
      ? changed
      : [...new Map(changed.map((thing) => [thing.scope, thing])).values()].slice(0, MESSAGES_MAX);
  const at = instantOf(what.nowMs);
  for (const { id, tenantId, scope } of told) {
    await tx.publish({
      topic: 'live',
      event: { at, tenantId, scope, noun: what.noun, verb: what.verb, entityId: id },
    });
  }
}
