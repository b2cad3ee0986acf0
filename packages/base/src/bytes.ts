const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 bytes of a string. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

const LINE_BREAK = 0x0a;

/** UTF-8 bytes of lines with a line break between them, without making one text of them first. */
export function encodeLines(lines: readonly string[]): Uint8Array {
  let bytes = new Uint8Array(lines.reduce((size, line) => size + line.length + 1, 0));
  let size = 0;
  for (const line of lines) {
    let { read, written } = encoder.encodeInto(line, bytes.subarray(size));
    if (read < line.length || size + written === bytes.length) {
      // Beyond ASCII a code unit takes up to three bytes.
      const grown = new Uint8Array(2 * bytes.length + 3 * line.length + 1);
      grown.set(bytes.subarray(0, size));
      bytes = grown;
      ({ read, written } = encoder.encodeInto(line, bytes.subarray(size)));
    }
    bytes[size + written] = LINE_BREAK;
    size += written + 1;
  }
  return bytes.subarray(0, Math.max(0, size - 1));
}

/** The string of UTF-8 bytes. @throws TypeError on invalid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Base64url without padding (RFC 4648 section 5). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

/** Bytes of unpadded base64url. @throws SyntaxError on anything else. */
export function decodeBase64Url(text: string): Uint8Array {
  return Uint8Array.fromBase64(text, { alphabet: 'base64url' });
}

/** Lower-case hexadecimal. */
export function encodeHex(bytes: Uint8Array): string {
  return bytes.toHex();
}

/** Bytes of hexadecimal. @throws SyntaxError on anything else. */
export function decodeHex(text: string): Uint8Array {
  return Uint8Array.fromHex(text);
}

/** One array of all parts, in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Equality in time that depends on the length alone, for comparing secrets and signatures. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 0);
  return difference === 0;
}
