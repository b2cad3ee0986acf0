import { FAN_ALLOW, FAN_DENY, FAN_HELD } from '../../platform/linux/fanotify.ts';
import type { SystemCalls } from '../../platform/linux/system-calls.ts';

const ANSWER_BYTES = 8;

/** Answers the kernel from this thread. A second answer to an event does nothing (ENOENT). */
export class Answers {
  readonly #calls: SystemCalls;
  readonly #group: number;
  /** `struct fanotify_response`: the descriptor and what is answered. */
  readonly #bytes = new Int32Array(ANSWER_BYTES / 4);

  constructor(calls: SystemCalls, group: number) {
    this.#calls = calls;
    this.#group = group;
  }

  give(fd: number, isAllowed: boolean): void {
    this.#bytes[0] = fd;
    this.#bytes[1] = isAllowed ? FAN_ALLOW : FAN_DENY;
    this.#calls.write(this.#group, this.#bytes, ANSWER_BYTES);
  }

  /** Answers if the event holds somebody, and closes its descriptor. */
  finish(event: { readonly fd: number; readonly mask: number }, isAllowed: boolean): void {
    if ((event.mask & FAN_HELD) !== 0) this.give(event.fd, isAllowed);
    this.#calls.close(event.fd);
  }
}
