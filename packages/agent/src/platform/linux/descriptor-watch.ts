import { dlopen, getCurrentEventLoop, getRawPointer } from 'node:ffi';
import { SystemCallError } from './system-calls.ts';

/*
 * Node watches files, sockets and children, but no netlink socket, ring or eventfd. The loop below it
 * (libuv) watches any descriptor: this registers one with the loop of the calling thread, so that an
 * idle sensor costs no wake-up and no thread (ADR 0015).
 */

/** `UV_POLL` of libuv's `uv_handle_type`. */
const HANDLE_TYPE_POLL = 8;
const READABLE = 1;

function loadLoop() {
  return dlopen(null, {
    uv_handle_size: { arguments: ['i32'], return: 'u64' },
    uv_poll_init: { arguments: ['pointer', 'pointer', 'i32'], return: 'i32' },
    uv_poll_start: { arguments: ['pointer', 'i32', 'pointer'], return: 'i32' },
    uv_close: { arguments: ['pointer', 'pointer'], return: 'void' },
    uv_unref: { arguments: ['pointer'], return: 'void' },
  });
}

let loaded: ReturnType<typeof loadLoop> | undefined;

/** Memory that the loop writes into: it must outlive every watch, whatever its owner forgets. */
const handles = new Set<Buffer>();

/** A descriptor under watch. */
export interface DescriptorWatch {
  /** Ends the watch; after it the descriptor may be closed and no call comes any more. */
  readonly stop: () => Promise<void>;
}

/**
 * Calls `onReadable` whenever the descriptor can be read, until stopped. Not from within libuv's own
 * call but in the turn behind it, where JavaScript may throw, allocate and promise. As long as
 * something is left to read it is called again, after timers and other descriptors had their turn.
 * Keeps no program alive. @throws SystemCallError where the loop cannot watch it.
 */
export function watchDescriptor(descriptor: number, onReadable: () => void): DescriptorWatch {
  const { functions, lib } = (loaded ??= loadLoop());
  const handle = Buffer.alloc(Number(functions.uv_handle_size(HANDLE_TYPE_POLL)));
  const address = getRawPointer(handle);
  handles.add(handle);
  let isWatched = true;
  let isDue = false;
  const turn = (): void => {
    isDue = false;
    if (isWatched) onReadable();
  };
  const onPoll = lib.registerCallback(
    { arguments: ['pointer', 'i32', 'i32'], return: 'void' },
    () => {
      if (isDue) return;
      isDue = true;
      setImmediate(turn);
    },
  );
  const result = functions.uv_poll_init(getCurrentEventLoop(), address, descriptor);
  if (result !== 0) {
    lib.unregisterCallback(onPoll);
    handles.delete(handle);
    throw new SystemCallError('system-call-failed', `the loop cannot watch: ${result}`);
  }
  functions.uv_unref(address);
  functions.uv_poll_start(address, READABLE, onPoll);
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      isWatched = false;
      const onClosed = lib.registerCallback({ arguments: ['pointer'], return: 'void' }, () => {
        setImmediate(() => {
          lib.unregisterCallback(onPoll);
          lib.unregisterCallback(onClosed);
          handles.delete(handle);
          resolve();
        });
      });
      functions.uv_close(address, onClosed);
    });
  let stopping: Promise<void> | undefined;
  return { stop: () => (stopping ??= stop()) };
}
