import type { CommandSpec } from '../command-spec.ts';
import { accountOf } from '../sign-in.ts';
import { recordText } from '../record.ts';

export const whoami: CommandSpec = {
  name: 'whoami',
  summary: 'who is signed in, where, and what they may do',
  async run(invocation) {
    const connection = await invocation.connect();
    const session = await connection.call(connection.wire.sessionRoutes.current);
    const document = { controller: connection.controllerUrl, ...accountOf(session) };
    const { output } = invocation;
    output.document(document, () => recordText(document, output.tableStyle()));
  },
};
