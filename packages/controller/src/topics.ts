import * as z from 'zod';
import { Id, LiveEvent } from '@wardgrid/wire';

/* What controllers and features tell each other after a commit. A topic is a fact, never a command. */

/** Most device ids in one message: PostgreSQL's NOTIFY carries less than 8,000 bytes. */
export const TOPIC_IDS_MAX = 150;

export const BusEvent = z.discriminatedUnion('topic', [
  /** Something a console may show changed. */
  z.strictObject({ topic: z.literal('live'), event: LiveEvent.omit({ id: true }) }),
  /** Devices have orders waiting; the live connections of one controller may have handed them over. */
  z.strictObject({
    topic: z.literal('orders.waiting'),
    deviceIds: z.array(Id).max(TOPIC_IDS_MAX),
    handedBy: Id.nullable(),
  }),
  /** The settings of devices may be others now: those that are connected should exchange. */
  z.strictObject({ topic: z.literal('settings.due'), deviceIds: z.array(Id).max(TOPIC_IDS_MAX) }),
  /** What an account may do changed: forget what is cached of it. */
  z.strictObject({ topic: z.literal('account.changed'), accountId: Id }),
  /** A tenant's licence, suspension or support access changed. */
  z.strictObject({ topic: z.literal('tenant.changed'), tenantId: Id }),
  /** Something of a tenant is to be told to other controllers. */
  z.strictObject({ topic: z.literal('sync.written'), tenantId: Id }),
  /** Something was decided, or came up from below: controllers above and below should exchange. */
  z.strictObject({ topic: z.literal('sync.moved'), tenantId: Id }),
  /** The list of blocked addresses changed. */
  z.strictObject({ topic: z.literal('blocked-addresses.changed') }),
]);
export type BusEvent = z.infer<typeof BusEvent>;
export type Topic = BusEvent['topic'];
