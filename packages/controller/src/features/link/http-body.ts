import type { IncomingMessage } from 'node:http';
import { readBytes, unpack } from '../../platform/body.ts';
import { ControllerError } from '../../platform/error.ts';

/**
 * The JSON of a request's body, at most `sizeBytesMax` on the wire and inflated. Whoever sends more
 * is cut off. @throws ControllerError `body-too-large`, `unsupported-media-type`, `invalid-json`.
 */
export async function readJson(request: IncomingMessage, sizeBytesMax: number): Promise<unknown> {
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
