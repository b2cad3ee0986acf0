/* `npm run build:agent`: the agent as it is shipped, in packages/agent/dist. */
import { fileURLToPath } from 'node:url';
import { bundleAgent } from './agent/bundle-agent.ts';

const program = await bundleAgent(
  fileURLToPath(new URL('../packages/agent/dist/', import.meta.url)),
);
process.stdout.write(`agent built: ${program}\n`);
