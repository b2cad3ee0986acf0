import { readlinkSync } from 'node:fs';
import { boundedText, visibleText } from '@wardgrid/base';

/** Longest path in an event: the kernel's own bound; escapes may make it longer than that. */
const PATH_TEXT_MAX = 4_096;

/**
 * A path for people and rules: bytes that are no UTF-8 are written as `\xff`, control and direction
 * characters as `\u{a}`, so that a name can neither forge a line nor hide its end.
 */
export function pathText(bytes: Uint8Array): string {
  return boundedText(visibleText(decodePath(bytes)), PATH_TEXT_MAX);
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodePath(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeBroken(bytes);
  }
}

/** Longest character of UTF-8. */
const CHARACTER_BYTES_MAX = 4;

function decodeBroken(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const character = characterAt(bytes, at);
    text += character?.text ?? `\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`;
    at += character?.length ?? 1;
  }
  return text;
}

function characterAt(bytes: Uint8Array, at: number): { text: string; length: number } | undefined {
  for (let length = 1; length <= CHARACTER_BYTES_MAX && at + length <= bytes.length; length += 1) {
    try {
      return { text: strict.decode(bytes.subarray(at, at + length)), length };
    } catch {
      /* Not yet a whole character, or none at all. */
    }
  }
  return undefined;
}

/** The path that a descriptor was opened by, as bytes; null when it has none or one that is too long. */
export function pathOf(fd: number): Buffer | null {
  return readLink(`/proc/self/fd/${fd}`);
}

/** Where a symbolic link of `/proc` leads, as bytes. Reading one opens nothing. */
export function readLink(path: string): Buffer | null {
  try {
    return readlinkSync(path, { encoding: 'buffer' });
  } catch {
    return null;
  }
}
