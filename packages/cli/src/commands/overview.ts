import type { CommandSpec } from '../command-spec.ts';
import { showThing } from '../verbs.ts';

export const overview: CommandSpec = {
  name: 'overview',
  summary: 'the counts of what you see',
  commands: [
    {
      name: 'show',
      summary: 'show the counts',
      isDefault: true,
      async run(invocation) {
        const connection = await invocation.connect();
        const { overview: route } = connection.wire.platformRoutes;
        showThing(invocation, await connection.call(route));
      },
    },
  ],
};
