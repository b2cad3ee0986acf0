import type { CommandSpec } from '../command-spec.ts';
import { EVENT_CLASSES } from '../contract-words.ts';
import { resolveId } from '../names.ts';
import { tableText } from '../table.ts';
import { thingArgument } from '../verbs.ts';

const COLUMNS = [
  { key: 'at' },
  { key: 'class' },
  { key: 'action' },
  { key: 'executable' },
  { key: 'commandLine', title: 'command line' },
  { key: 'file' },
] as const;

export const events: CommandSpec = {
  name: 'events',
  summary: 'what happened on a device',
  commands: [
    {
      name: 'list',
      summary: 'the newest events that a device told',
      arguments: [thingArgument('devices')],
      options: [
        { flags: '--class <class>', summary: 'only this class', choices: EVENT_CLASSES },
        { flags: '--process <id>', summary: 'only of this process, by its entity id' },
        { flags: '--limit <rows>', summary: 'rows at most (default 100)', kind: 'integer' },
      ],
      async run({ connect, operands, options, output }) {
        const connection = await connect();
        const id = await resolveId(connection, 'devices', operands[0] ?? '');
        const route = connection.wire.eventRoutes.list;
        const params = route.params.parse({ id });
        const query = route.query.parse({
          class: options.text('class'),
          process: options.text('process'),
          limit: options.number('limit'),
        });
        const page = await connection.call(route, { params, query });
        for (const event of page.data) output.row(event);
        const rows = page.data.map(({ at, class: kind, action, fields }) => ({
          at: new Date(at).toISOString(),
          class: kind,
          action,
          executable: fields['process.executable'],
          commandLine: fields['process.command_line'],
          file: fields['file.path'],
        }));
        output.document(page, () => tableText(rows, COLUMNS, output.tableStyle()));
      },
    },
  ],
};
