import type { CommandEntry, CommandSpec } from '../command-spec.ts';
import { completionScript, completionTree, SHELLS, type Shell } from '../completion.ts';

/** The command `completion`, over all other commands. */
export function completion(entries: () => readonly CommandEntry[]): CommandSpec {
  return {
    name: 'completion',
    summary: 'print the completion script of a shell',
    arguments: [{ syntax: '<shell>', summary: 'for which shell', choices: SHELLS }],
    async run({ operands, machine }) {
      const specs = await Promise.all(entries().map((entry) => entry.load()));
      const shell = SHELLS.find((name) => name === operands[0]) ?? SHELLS[0];
      machine.stdout.write(completionScript(shell satisfies Shell, completionTree(specs)));
    },
  };
}
