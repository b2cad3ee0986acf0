import { visibleText } from '@wardgrid/base';
import type { CommandSpec, Invocation } from '../command-spec.ts';
import { personText } from '../cells.ts';
import { listVerb } from '../listing.ts';
import { showThing } from '../verbs.ts';

const CONFLICT = { syntax: '<id>', summary: 'the id of a conflict' };

/** The one conflict that was named. */
function conflictOf({ operands }: Invocation): { readonly id: string } {
  return { id: (operands[0] ?? '').toLowerCase() };
}

export const sync: CommandSpec = {
  name: 'sync',
  summary: 'how this controller stands in the chain, and what did not come to stand',
  commands: [
    {
      name: 'status',
      summary: 'whom it talks with, how far it is, and what waits',
      isDefault: true,
      async run(invocation) {
        const connection = await invocation.connect();
        showThing(invocation, await connection.call(connection.wire.syncRoutes.status));
      },
    },
    {
      name: 'now',
      summary: 'exchange with the controller above at once',
      async run(invocation) {
        const connection = await invocation.connect();
        showThing(invocation, await connection.call(connection.wire.syncRoutes.now));
      },
    },
    {
      name: 'pending',
      summary: 'changes made here that nobody has decided yet',
      async run(invocation) {
        const connection = await invocation.connect();
        const { data, total } = await connection.call(connection.wire.syncRoutes.pending);
        invocation.output.document({ data, total }, () =>
          [
            ...data.map(({ at, kind, noun, entityId, changedBy }) =>
              visibleText(`${at}  ${kind} ${noun} ${entityId} by ${personText(changedBy)}`),
            ),
            `${total} waiting`,
          ].join('\n'),
        );
      },
    },
    {
      ...listVerb('conflicts', {
        route: 'sync.conflicts',
        columns: [
          { key: 'id' },
          { key: 'at' },
          { key: 'state' },
          { key: 'kind' },
          { key: 'reason' },
          { key: 'noun' },
          { key: 'entityName', title: 'thing' },
          { key: 'controllerName', title: 'made at' },
          { key: 'changedBy', title: 'by' },
        ],
      }),
      name: 'conflicts',
      summary: 'changes that did not come to stand',
    },
    {
      name: 'conflict',
      summary: 'show one change that did not come to stand, beside what stands',
      arguments: [CONFLICT],
      async run(invocation) {
        const connection = await invocation.connect();
        const { conflict } = connection.wire.syncRoutes;
        showThing(invocation, await connection.call(conflict, { params: conflictOf(invocation) }));
      },
    },
    {
      name: 'reapply',
      summary: 'make a change again, in full knowledge of what stands',
      arguments: [CONFLICT],
      options: [{ flags: '--fields <names>', summary: 'only these fields of it', kind: 'list' }],
      async run(invocation) {
        const connection = await invocation.connect();
        const fields = invocation.options.list('fields');
        const body = fields ? { fields: [...fields] } : {};
        const params = conflictOf(invocation);
        const { reapply } = connection.wire.syncRoutes;
        const done = await connection.call(reapply, { params, body });
        invocation.output.document(done, () => `made again ${done.noun} ${done.entityId}`);
      },
    },
    {
      name: 'dismiss',
      summary: 'leave it as it stands',
      arguments: [CONFLICT],
      async run(invocation) {
        const connection = await invocation.connect();
        const { dismiss } = connection.wire.syncRoutes;
        const done = await connection.call(dismiss, { params: conflictOf(invocation) });
        invocation.output.document(done, () => `left as it stands ${done.noun} ${done.entityId}`);
      },
    },
    {
      ...listVerb('ids', {
        route: 'sync.ids',
        columns: [
          { key: 'at' },
          { key: 'noun' },
          { key: 'given' },
          { key: 'entityId', title: 'id' },
          { key: 'provisionalRef', title: 'provisional' },
          { key: 'ref' },
          { key: 'isMerged', title: 'merged' },
        ],
      }),
      name: 'ids',
      summary: 'ids and references as they were given, and those that last',
    },
  ],
};
