import { boundedText, decodeUtf8, encodeUtf8 } from '@wardgrid/base';

/**
 * The text cut for keeping. A cut text is copied: what is only sliced would keep the whole of a hostile
 * 32-kilobyte command line alive.
 */
export function keptText(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : decodeUtf8(encodeUtf8(boundedText(text, lengthMax)));
}
