import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { codeOf } from '@wardgrid/base';
import { ControllerError } from './error.ts';

const inflate = promisify(gunzip);

/**
 * The bytes of a message, at most `sizeBytesMax`. Whoever sends more is cut off. @throws
 * ControllerError `body-too-large`, `invalid-json` when it broke off.
 */
export function readBytes(message: IncomingMessage, sizeBytesMax: number): Promise<Buffer> {
  if (Number(message.headers['content-length'] ?? 0) > sizeBytesMax) {
    return Promise.reject(tooLarge(sizeBytesMax));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    message.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      chunks.push(chunk);
      if (sizeBytes > sizeBytesMax) {
        message.removeAllListeners('data');
        message.resume();
        reject(tooLarge(sizeBytesMax));
      }
    });
    message.on('end', () => {
      const [first] = chunks;
      resolve(chunks.length === 1 && first ? first : Buffer.concat(chunks));
    });
    message.on('error', reject);
    message.on('close', () => {
      if (!message.complete) reject(new ControllerError('invalid-json', 'the body broke off'));
    });
  });
}

/** Unpacks gzip to at most `sizeBytesMax`. @throws ControllerError `body-too-large`, `invalid-json`. */
export async function unpack(bytes: Uint8Array, sizeBytesMax: number): Promise<Buffer> {
  try {
    return await inflate(bytes, { maxOutputLength: sizeBytesMax });
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(sizeBytesMax);
    throw new ControllerError('invalid-json', 'the body is not gzip', { cause: error });
  }
}

function tooLarge(sizeBytesMax: number): ControllerError {
  return new ControllerError('body-too-large', `at most ${sizeBytesMax} bytes`);
}
