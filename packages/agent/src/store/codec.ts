import * as z from 'zod';
import {
  Id,
  JobKind,
  Order,
  ProtectionSettings,
  PublicKey,
  ScopePath,
  SignedEnvelope,
} from '@wardgrid/wire';
import { INITIAL_LINK, type Enrolment, type LinkState, type Settings } from './store.ts';

const whole = z.int().min(0);

const StoredEnrolment = z.strictObject({
  deviceId: Id,
  tenantId: Id,
  controllerId: Id,
  controllerUrl: z.string().max(2_000),
  platformKey: PublicKey,
  licence: SignedEnvelope,
  scope: ScopePath.exactOptional(),
});

const StoredSettings: z.ZodType<Settings> = z.object({
  version: whole,
  exchangeIntervalMs: whole,
  inventoryIntervalMs: whole,
  protection: ProtectionSettings.nullable().default(null),
  scope: ScopePath.exactOptional(),
  revokedControllers: z.array(Id).exactOptional(),
  controllers: z
    .array(
      z.object({
        controllerId: Id,
        urls: z.array(z.string()),
        authority: z.string().nullable(),
        publicKey: z.string().nullable(),
      }),
    )
    .default([]),
});

const StoredNumbers = z.object({
  receipt: z.string().nullable(),
  acknowledgedOrder: whole,
  prunedOrder: whole,
  acknowledgedSequence: whole,
  assignedSequence: whole,
});

/* Fields are optional, so that a newer agent reads what an older one wrote. */
const StoredLink = z.object({
  controllerId: Id.nullable().exactOptional(),
  elsewhere: z.record(z.string(), StoredNumbers).exactOptional(),
  receipt: z.string().nullable().exactOptional(),
  acknowledgedOrder: whole.exactOptional(),
  prunedOrder: whole.exactOptional(),
  acknowledgedSequence: whole.exactOptional(),
  assignedSequence: whole.exactOptional(),
  droppedRecords: whole.exactOptional(),
  nextExchangeMs: whole.exactOptional(),
  settings: StoredSettings.exactOptional(),
  lastExchangeAt: whole.nullable().exactOptional(),
  lastInventoryAt: whole.nullable().exactOptional(),
  isRetired: z.boolean().exactOptional(),
});

/** The enrolment that was kept. @throws when the text is not ours. */
export function parseEnrolment(text: string): Enrolment {
  return StoredEnrolment.parse(JSON.parse(text));
}

/** The link state that was kept. @throws when the text is not ours. */
export function parseLink(text: string): LinkState {
  return { ...INITIAL_LINK, ...StoredLink.parse(JSON.parse(text)) };
}

/** An order that was kept. @throws when the text is not ours. */
export function parseOrder(text: string): Order {
  return Order.parse(JSON.parse(text));
}

/** A row of the inbox table. */
export const InboxRow = z.strictObject({
  job_id: Id,
  controller: z.string(),
  sequence: whole,
  kind: z.enum([...JobKind.options, 'cancel', 'refused']),
  target_id: Id.nullable(),
  state: z.enum(['taken', 'started', 'finished']),
  expires_at: whole,
  body: z.string().nullable(),
});
