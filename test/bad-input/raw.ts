import { connect } from 'node:net';
import { isProblemCode, Problem, problemOf } from '@wardgrid/wire';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Longest that a malformed request may keep a connection open, in milliseconds. */
const ANSWER_MS_MAX = 5_000;

/** Writes bytes to the server and reads until it closes, or has answered in full. */
export function sendRaw(url: string, bytes: string | Uint8Array): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    const end = (): void => {
      socket.destroy();
      resolve(parse(Buffer.concat(chunks).toString('latin1')));
    };
    socket.setTimeout(ANSWER_MS_MAX, end);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (isWhole(Buffer.concat(chunks).toString('latin1'))) end();
    });
    socket.on('close', end);
    socket.on('error', (error) => {
      if (chunks.length > 0) end();
      else reject(error);
    });
    socket.write(bytes);
  });
}

function isWhole(text: string): boolean {
  const at = text.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
  return at !== -1 && length !== undefined && text.length - at - 4 >= Number(length);
}

function parse(text: string): RawAnswer {
  const [head = '', ...body] = text.split('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    type: /\r\ncontent-type: ([^\r]+)/i.exec(head)?.[1] ?? '',
    text: body.join('\r\n\r\n'),
  };
}

/** What is wrong with an answer that should be a problem of the contract; null when nothing is. */
export function problemFault(answer: RawAnswer): string | null {
  if (answer.status >= 500) return `a ${answer.status}`;
  if (!/^application\/problem\+json(?:; charset=utf-8)?$/.test(answer.type))
    return `the content type '${answer.type}'`;
  const parsed = Problem.safeParse(jsonOf(answer.text));
  if (!parsed.success) return 'no problem document';
  const { code, status } = parsed.data;
  if (!isProblemCode(code)) return `the unknown code '${code}'`;
  if (problemOf(code).status !== answer.status || status !== answer.status) {
    return `'${code}' with ${answer.status}`;
  }
  return null;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
