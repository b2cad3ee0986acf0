import { spawnSync } from 'node:child_process';
import { mkdirSync, readlinkSync } from 'node:fs';

/** What a script may change: below lies the machine, above is memory that is gone with the namespace. */
const COVERED = ['/etc', '/home', '/opt', '/root', '/srv', '/usr', '/var'];
/** Empty and in memory. */
const EMPTIED = ['/tmp', '/dev/shm'];
/** Where the upper layers are kept: memory that whoever set the stage put there. */
const UPPER = '/mnt/upper';

/**
 * Covers every folder that a script may write to, in this process's own mount namespace.
 * @throws Error in the namespace of who started this process, and when a mount fails.
 */
export function coverMachine(): readonly string[] {
  if (readlinkSync('/proc/self/ns/mnt') === readlinkSync(`/proc/${process.ppid}/ns/mnt`)) {
    throw new Error('a stage needs a mount namespace of its own');
  }
  for (const folder of COVERED) {
    const [upper, work] = [`${UPPER}${folder}/upper`, `${UPPER}${folder}/work`];
    for (const made of [upper, work]) mkdirSync(made, { recursive: true });
    const layers = `lowerdir=${folder},upperdir=${upper},workdir=${work},index=on,nfs_export=on`;
    mount('-t', 'overlay', '-o', layers, 'stage', folder);
  }
  for (const folder of EMPTIED) {
    mount('-t', 'tmpfs', '-o', 'size=64m,mode=1777', 'stage', folder);
  }
  return [...COVERED, ...EMPTIED];
}

function mount(...args: readonly string[]): void {
  const done = spawnSync('mount', args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`mount ${args.join(' ')}: ${done.stderr.trim()}`);
}
