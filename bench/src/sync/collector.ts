import v8 from 'node:v8';
import vm from 'node:vm';

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

/** Frees all that nobody holds: what is left is held. Twice, for what finalizers let go. */
export function collectGarbage(): void {
  collect();
  collect();
}

/** What is held now, on the heap and beside it. */
export function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
