import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { codeOf } from '@wardgrid/base';
import { ControllerError } from '../../platform/error.ts';

const inflate = promisify(gunzip);

/**
 * The JSON of a request's body, at most `sizeBytesMax` on the wire and inflated. Whoever sends more
 * is cut off. @throws ControllerError `body-too-large`, `unsupported-media-type`, `invalid-json`.
 */
export async function readJson(request: IncomingMessage, sizeBytesMax: number): Promise<unknown> {
  if (Number(request.headers['content-length'] ?? 0) > sizeBytesMax) throw tooLarge(sizeBytesMax);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new ControllerError('unsupported-media-type', 'only gzip is understood');
  }
  const raw = await readBytes(request, sizeBytesMax);
  const bytes = encoding === 'gzip' ? await unpack(raw, sizeBytesMax) : raw;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new ControllerError('invalid-json', 'the body is not JSON', { cause: error });
  }
}

function readBytes(request: IncomingMessage, sizeBytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      chunks.push(chunk);
      if (sizeBytes > sizeBytesMax) {
        request.removeAllListeners('data');
        request.resume();
        reject(tooLarge(sizeBytesMax));
      }
    });
    request.on('end', () => {
      const [first] = chunks;
      resolve(chunks.length === 1 && first ? first : Buffer.concat(chunks));
    });
    request.on('error', reject);
    request.on('close', () => {
      if (!request.complete) reject(new ControllerError('invalid-json', 'the body broke off'));
    });
  });
}

async function unpack(bytes: Buffer, sizeBytesMax: number): Promise<Buffer> {
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
