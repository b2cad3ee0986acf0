import type { CommandSpec } from '../command-spec.ts';
import { showThing } from '../verbs.ts';

export const health: CommandSpec = {
  name: 'health',
  summary: 'how the controller is doing',
  commands: [
    {
      name: 'show',
      summary: 'show how the controller and what it depends on are doing',
      isDefault: true,
      async run(invocation) {
        const connection = await invocation.connect();
        const { health: route } = connection.wire.platformRoutes;
        showThing(invocation, await connection.call(route));
      },
    },
  ],
};
