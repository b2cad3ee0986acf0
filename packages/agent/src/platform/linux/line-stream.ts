import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';

/** A package database of 20,000 packages is some 30 MB. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;
/** The longest line that is kept whole; longer ones are cut, since nothing we read is so long. */
export const LINE_LENGTH_MAX = 4_096;
const CHUNK_BYTES = 128 * 1024;

/**
 * The lines of a file, in batches as they are read, each cut to `LINE_LENGTH_MAX`. Memory stays
 * within a chunk whatever the file holds. Nothing when the file is missing.
 * @throws the signal's reason when aborted.
 */
export async function* readLineBatches(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (!file) return;
  try {
    const decoder = new StringDecoder('utf8');
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let rest = '';
    for (let size = 0; size < FILE_BYTES_MAX;) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) break;
      size += bytesRead;
      const lines = (rest + decoder.write(buffer.subarray(0, bytesRead))).split('\n');
      rest = cut(lines.pop() ?? '');
      yield lines.map(cut);
    }
    if (rest !== '') yield [rest];
  } finally {
    await file.close();
  }
}

function cut(line: string): string {
  return line.length > LINE_LENGTH_MAX ? line.slice(0, LINE_LENGTH_MAX) : line;
}
