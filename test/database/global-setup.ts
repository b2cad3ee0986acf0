import type { TestProject } from 'vitest/node';
import { startTestServers, type RunningServers } from './servers.ts';

/** Files that may ask for a database; a run without any starts no server. */
const NEEDS_SERVER = /\.pg\.test\.ts$|\/test\/journeys\//;

let running: RunningServers | undefined;

/** Called by vitest once before all tests. */
export async function setup(project: TestProject): Promise<void> {
  const paths = project.vitest.state.getPaths();
  const isWatching = project.vitest.config.watch;
  if (isWatching || paths.some((path) => NEEDS_SERVER.test(path))) {
    running = await startTestServers();
  }
  project.provide('testServers', running?.servers ?? []);
}

/** Called by vitest once after all tests. */
export async function teardown(): Promise<void> {
  await running?.stop();
}
