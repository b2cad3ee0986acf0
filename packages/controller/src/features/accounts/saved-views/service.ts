import { instantOf, type SavedView } from '@wardgrid/wire';
import type { Context } from '../../../platform/context.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import { savedViewRepository, type SavedViewRow } from './repository.ts';

/** Most saved views of one account: a menu, not an archive. */
const VIEWS_MAX = 200;
const AUTH = { kind: 'auth' } as const;

type NewView = Omit<SavedViewRow, 'id' | 'created_at'>;

/** Filters, orders and columns of lists that a person keeps. Each is its owner's alone. */
export function createSavedViews(platform: Platform) {
  return {
    list: (context: Context): Promise<{ data: SavedView[] }> =>
      platform.database.transact(AUTH, async (tx) => {
        const rows = await savedViewRepository(tx, context.actor.accountId).list();
        return { data: rows.map((row) => viewOf(row)) };
      }),
    create: (context: Context, given: NewView): Promise<SavedView> =>
      platform.database.transact(AUTH, async (tx) => {
        const views = savedViewRepository(tx, context.actor.accountId);
        if ((await views.countLocked()) >= VIEWS_MAX)
          throw new ControllerError('limit-reached', `an account has at most ${VIEWS_MAX} views`);
        const row = { ...given, id: platform.newId(), created_at: platform.clock.now() };
        await views.insert(row);
        return viewOf(row);
      }),
    delete: (context: Context, id: string): Promise<null> =>
      platform.database.transact(AUTH, async (tx) => {
        if ((await savedViewRepository(tx, context.actor.accountId).delete(id)) === 0)
          throw notFound('saved view');
        return null;
      }),
  };
}

export type SavedViews = ReturnType<typeof createSavedViews>;

function viewOf(row: SavedViewRow): SavedView {
  const { id, noun, name, filter, sort, columns } = row;
  return { id, noun, name, filter, sort, columns, createdAt: instantOf(row.created_at) };
}
