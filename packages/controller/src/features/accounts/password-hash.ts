import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { ControllerError } from '../../platform/error.ts';

/** Argon2id hashes as PHC strings; the work is bounded, so that a flood of sign-ins cannot eat the memory. */
export interface PasswordHasher {
  readonly hash: (password: string) => Promise<string>;
  /**
   * Whether the password fits. Without a hash (an unknown or invited account) the same work is done
   * and the answer is no, so that time tells nothing.
   */
  readonly verify: (password: string, phc: string | null) => Promise<boolean>;
  /** Whether a hash was made with other parameters than today's. */
  readonly isOutdated: (phc: string) => boolean;
}

interface Parameters {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane. */
const PARAMETERS: Parameters = { memoryKib: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;
/** Hashes at work at once: 38 MiB, and half of libuv's four threads stay free for files and names. */
const RUNNING_MAX = 2;
/** Hashes that may wait, some 40 ms each: about a second; beyond it people are told to come back. */
const WAITING_MAX = 48;
/** Parameters of a stored hash that are still accepted; more would be an attack through the database. */
const MEMORY_KIB_MAX = 262_144;
const PASSES_MAX = 10;

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

/** A hasher with a queue of its own. */
export function createPasswordHasher(parameters: Parameters = PARAMETERS): PasswordHasher {
  const turn = createTurns();
  // No password has this tag: nothing was hashed to make it.
  const nobody = format(parameters, randomBytes(SALT_BYTES), randomBytes(TAG_BYTES));
  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      return format(parameters, salt, await turn(() => derive(password, salt, parameters)));
    },
    async verify(password, phc) {
      const stored = parse(phc ?? nobody) ?? parse(nobody);
      if (!stored) return false;
      const tag = await turn(() => derive(password, stored.salt, stored.parameters));
      return timingSafeEqual(tag, stored.tag) && phc !== null;
    },
    isOutdated: (phc) => {
      const stored = parse(phc)?.parameters;
      return (
        stored?.memoryKib !== parameters.memoryKib ||
        stored.passes !== parameters.passes ||
        stored.parallelism !== parameters.parallelism
      );
    },
  };
}

/** The same password typed on two keyboards may differ in bytes; NFKC makes it one (NIST SP 800-63B 5.1.1.2). */
function derive(password: string, nonce: Uint8Array, parameters: Parameters): Promise<Buffer> {
  const { memoryKib: memory, passes, parallelism } = parameters;
  const message = password.normalize('NFKC');
  return new Promise((resolve, reject) => {
    argon2(
      'argon2id',
      { message, nonce, memory, passes, parallelism, tagLength: TAG_BYTES },
      (error, tag) => (error ? reject(error) : resolve(tag)),
    );
  });
}

function format(parameters: Parameters, salt: Uint8Array, tag: Uint8Array): string {
  const { memoryKib, passes, parallelism } = parameters;
  const text = (bytes: Uint8Array): string => bytes.toBase64({ omitPadding: true });
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${text(salt)}$${text(tag)}`;
}

function parse(phc: string) {
  const [, memory, passes, parallelism, salt, tag] = PHC.exec(phc) ?? [];
  if (salt === undefined || tag === undefined) return undefined;
  const parameters = {
    memoryKib: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  };
  if (parameters.memoryKib > MEMORY_KIB_MAX || parameters.passes > PASSES_MAX) return undefined;
  return { parameters, salt: Uint8Array.fromBase64(salt), tag: Uint8Array.fromBase64(tag) };
}

/** Runs few pieces of work at once and lets a bounded number wait. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= RUNNING_MAX) {
      if (waiting.length >= WAITING_MAX) {
        throw new ControllerError('unavailable', 'too many people are signing in', {
          retryAfterSeconds: 2,
        });
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}
