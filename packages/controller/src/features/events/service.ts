import type * as z from 'zod';
import { Id, type DeviceEvent, type eventRoutes } from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import { transactAs, type Platform } from '../../platform/services.ts';
import { eventRepository, type EventPlace } from './repository.ts';

type Query = z.output<typeof eventRoutes.list.query>;

/** The timeline of a device. */
export function createEvents(platform: Platform) {
  return async function list(
    context: Context,
    deviceId: string,
    query: Query,
  ): Promise<{ data: DeviceEvent[]; next: string | null }> {
    const access = { actor: context.actor, permission: 'events:read' } as const;
    const before = query.before === undefined ? null : placeOf(query.before);
    return transactAs(platform, access, async (tx) => {
      const events = eventRepository(tx);
      if (!(await events.isDevice(deviceId))) throw notFound('device');
      const rows = await events.list({
        deviceId,
        class: query.class ?? null,
        process: query.process ?? null,
        since: query.since === undefined ? null : Date.parse(query.since),
        until: query.until === undefined ? null : Date.parse(query.until),
        before,
        limit: query.limit + 1,
      });
      const shown = rows.slice(0, query.limit);
      const last = shown.at(-1);
      const hasMore = rows.length > query.limit && last !== undefined;
      return {
        data: shown.map(({ content }) => content),
        next: hasMore ? `${last.at}.${last.id}` : null,
      };
    });
  };
}

/** It says no more than what the page before showed, so it is not signed. */
function placeOf(text: string): EventPlace {
  const [at = '', id = ''] = text.split('.');
  const parsed = Id.safeParse(id);
  if (/^\d{1,15}$/.test(at) && parsed.success) return { at: Number(at), id: parsed.data };
  throw new ControllerError('cursor-invalid', "'before' is not the 'next' of a page");
}
