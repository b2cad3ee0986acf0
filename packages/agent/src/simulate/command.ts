import type { AgentStore } from '../store/index.ts';
export async function simulate(
  _w: readonly string[],
  _write: (t: string) => void,
  _s?: AgentStore,
): Promise<number> {
  return 0;
}
