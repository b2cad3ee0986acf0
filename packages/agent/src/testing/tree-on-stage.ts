import { fileURLToPath } from 'node:url';

/** The tree of the product, wherever it lies on this machine. */
const TREE = fileURLToPath(new URL('../../../../', import.meta.url)).replace(/\/$/, '');
/** Where it lies in a mount namespace in which places such as /tmp are emptied. */
const ON_STAGE = '/mnt/tree';
/** Memory at /mnt that is gone with the namespace, and the tree in it. */
const SET =
  'mount -t tmpfs -o size=512m stage /mnt && mkdir /mnt/tree && mount --bind "$0" /mnt/tree && exec "$@"';

/** The path under which a file of the tree is found on a stage; other paths are the same there. */
export function onStage(path: string): string {
  return path.startsWith(`${TREE}/`) ? ON_STAGE + path.slice(TREE.length) : path;
}

/** The words that run Node in a mount namespace of its own, with the tree where nothing hides it. */
export function stageWords(script: string, words: readonly string[]): readonly string[] {
  const node = [onStage(process.execPath), '--no-warnings', onStage(script), ...words.map(onStage)];
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', SET, TREE, ...node];
}
