import { constants, readFileSync } from 'node:fs';
import { O_CLOEXEC } from '../../platform/linux/fanotify.ts';
import { FileStatus } from '../../platform/linux/file-status.ts';
import {
  AT_FDCWD,
  ERRNO,
  RESOLVE,
  systemCalls,
  type SystemCalls,
} from '../../platform/linux/system-calls.ts';
import { pathText } from './path-text.ts';

/** Hidden, and first and last in any order: whoever goes through a folder comes to one early. */
const NAMES = ['.!accounts.xlsx', '.~passwords.docx'] as const;
/** Folders that get decoys: a machine of many users is sampled. */
const FOLDERS_MAX = 64;
const CONTENT_BYTES = 8_192;
const CONTENT_HEAD =
  'PK\x03\x04 Wardgrid decoy. It warns of programs that encrypt files. Leave it.\n';
const USER_ID_MIN = 1_000;
const NOBODY_ID = 65_534;
const MODE = 0o600;

/** Folders where people keep their files: the homes of `passwd`. */
export function homeFolders(passwd = readFileSync('/etc/passwd', 'utf8')): string[] {
  const homes = passwd.split('\n').flatMap((line) => {
    const [, , id = '', , , home = ''] = line.split(':');
    const uid = Number(id);
    const isPerson = uid === 0 || (uid >= USER_ID_MIN && uid !== NOBODY_ID);
    return isPerson && home.startsWith('/') && home.length > 1 ? [home] : [];
  });
  return [...new Set(homes)].slice(0, FOLDERS_MAX);
}

/** Takes the decoys out of folders, as at the end of the agent's time on a device. */
export function removeCanaries(folders: readonly string[]): void {
  new Canaries(systemCalls(), folders).remove();
}

/** Decoys in the folders of people. Whoever changes one has no business there. */
export class Canaries {
  readonly #calls: SystemCalls;
  readonly #folders: readonly string[];
  #paths: readonly string[] = [];

  constructor(calls: SystemCalls, folders: readonly string[]) {
    this.#calls = calls;
    this.#folders = folders.slice(0, FOLDERS_MAX);
  }

  /** The paths of the decoys that are there, for people. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  /** Plants what is missing; a file of another's with the same name is left alone. */
  plant(): void {
    this.#paths = this.#folders.flatMap((folder) =>
      this.#inFolder(folder, (fd) => NAMES.filter((name) => this.#plantOne(fd, name))),
    );
  }

  /** Takes the decoys away again that nobody changed. */
  remove(): void {
    for (const folder of this.#folders) {
      this.#inFolder(folder, (fd) => {
        for (const name of NAMES) if (this.#isOurs(fd, name)) this.#calls.unlinkat(fd, name, 0);
        return [];
      });
    }
    this.#paths = [];
  }

  /** Works in a folder whose path has no symbolic link: homes belong to people, we are root. */
  #inFolder(folder: string, work: (fd: number) => readonly string[]): string[] {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | O_CLOEXEC;
    const resolve = RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS;
    const fd = this.#calls.openat2(AT_FDCWD, folder, { flags, resolve });
    if (fd < 0) return [];
    const names = work(fd);
    this.#calls.close(fd);
    return names.map((name) => pathText(Buffer.from(`${folder}/${name}`)));
  }

  #plantOne(folder: number, name: string): boolean {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const fd = this.#calls.openat(folder, name, flags, MODE);
    if (fd < 0) return this.#calls.errno() === ERRNO.EEXIST && this.#isOurs(folder, name);
    const content = contentOf();
    const isWritten = this.#calls.write(fd, content, content.length) === content.length;
    const status = new FileStatus(this.#calls);
    /* Of the owner of the folder: a program that runs as them must be able to touch it. */
    if (status.read(folder)) this.#calls.fchown(fd, status.uid, status.gid);
    this.#calls.close(fd);
    return isWritten;
  }

  #isOurs(folder: number, name: string): boolean {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | O_CLOEXEC;
    const fd = this.#calls.openat(folder, name, flags, 0);
    if (fd < 0) return false;
    const bytes = Buffer.alloc(CONTENT_BYTES + 1);
    const length = this.#calls.read(fd, bytes, bytes.length);
    this.#calls.close(fd);
    return length === CONTENT_BYTES && bytes.subarray(0, length).equals(contentOf());
  }
}

function contentOf(): Buffer {
  return Buffer.alloc(CONTENT_BYTES, CONTENT_HEAD, 'latin1');
}
