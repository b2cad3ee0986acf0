import { connectUnix, type UnixSocket } from '../../platform/linux/unix-socket.ts';
import { readInto } from '../file-bytes.ts';

/* One session with clamd (clamd(8), IDSESSION): commands end with NUL, answers are numbered. A file goes
   as a descriptor (FILDES), so that clamd neither needs rights nor opens a name; as bytes (INSTREAM)
   where descriptors are refused. */

/** What clamd said of a file. */
export type ClamdAnswer =
  | { readonly kind: 'ok' }
  | { readonly kind: 'found'; readonly name: string }
  | { readonly kind: 'error'; readonly message: string }
  /** It did not answer in time. The session is of no use after it. */
  | { readonly kind: 'late' }
  /** It is gone. */
  | { readonly kind: 'lost' };

/** A session with a clamd that answered. */
export interface ClamdSession {
  /** `ClamAV 1.4.6/27400/…`. */
  readonly version: string;
  readonly ask: (
    file: { readonly fd: number; readonly sizeBytes: number },
    timeoutMs: number,
  ) => ClamdAnswer;
  readonly close: () => void;
}

/** Longest answer: a path of ours is a number, a name of a signature has some hundred bytes. */
const ANSWER_BYTES_MAX = 8_192;
const CHUNK_BYTES = 256 * 1_024;

/** Opens a session; undefined when nobody answers in time. */
export function openSession(
  socketPath: string,
  timeoutMs: number,
  options: { readonly takesDescriptors: boolean } = { takesDescriptors: true },
): ClamdSession | undefined {
  const socket = connectUnix(socketPath, timeoutMs);
  if (!socket) return undefined;
  socket.send(Buffer.from('zIDSESSION\0zVERSION\0'));
  const version = receiveAnswer(socket);
  if (version.kind !== 'text') {
    socket.close();
    return undefined;
  }
  let { takesDescriptors } = options;
  return {
    version: version.text,
    ask(file, waitMs) {
      socket.limitWait(waitMs);
      if (takesDescriptors) {
        const answer = askByDescriptor(socket, file.fd);
        if (answer.kind !== 'error' || !/UNKNOWN COMMAND|FILDES/.test(answer.message))
          return answer;
        takesDescriptors = false;
      }
      return askByStream(socket, file);
    },
    close: () => socket.close(),
  };
}

function askByDescriptor(socket: UnixSocket, fd: number): ClamdAnswer {
  const isSent = socket.send(Buffer.from('zFILDES\0')) && socket.sendDescriptor(fd);
  return isSent ? answerOf(receiveAnswer(socket)) : { kind: 'lost' };
}

function askByStream(
  socket: UnixSocket,
  file: { readonly fd: number; readonly sizeBytes: number },
): ClamdAnswer {
  if (!socket.send(Buffer.from('zINSTREAM\0'))) return { kind: 'lost' };
  const chunk = Buffer.alloc(4 + CHUNK_BYTES);
  for (let at = 0; at < file.sizeBytes;) {
    const got = readInto(file.fd, chunk.subarray(4), at) ?? 0;
    if (got === 0) break;
    chunk.writeUInt32BE(got, 0);
    if (!socket.send(chunk.subarray(0, 4 + got))) return { kind: 'lost' };
    at += got;
  }
  return socket.send(Buffer.alloc(4)) ? answerOf(receiveAnswer(socket)) : { kind: 'lost' };
}

type Received =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'late' | 'lost' };

/** The words of the next answer, without its number. */
function receiveAnswer(socket: UnixSocket): Received {
  let text = '';
  while (text.length < ANSWER_BYTES_MAX) {
    const bytes = socket.receive(ANSWER_BYTES_MAX);
    if (typeof bytes === 'string') return { kind: bytes };
    text += Buffer.from(bytes).toString('latin1');
    if (text.endsWith('\0')) return { kind: 'text', text: text.slice(0, -1).replace(/^\d+: /, '') };
  }
  return { kind: 'lost' };
}

function answerOf(received: Received): ClamdAnswer {
  if (received.kind !== 'text') return { kind: received.kind };
  const { text } = received;
  if (text.endsWith(': OK')) return { kind: 'ok' };
  const found = /^[^:]*: (.+) FOUND$/.exec(text)?.[1];
  // With extended information the digest and size follow the name.
  if (found !== undefined) return { kind: 'found', name: found.replace(/\([0-9a-f]+:\d+\)$/, '') };
  return { kind: 'error', message: text };
}
