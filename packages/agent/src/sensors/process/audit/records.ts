/* The text of audit records (audit(7), auditd's "audit record fields"): `audit(seconds.millis:serial):`
   and then `name=value`, where a value with anything unusual in it is written in hexadecimal. */

/** Arguments taken of one start; the kernel itself splits longer lists over records. */
const ARGUMENTS_MAX = 1_024;
/** Characters of all arguments together: what an event's text may hold. */
const ARGUMENTS_LENGTH_MAX = 32_768;

/** One record. */
export interface AuditRecord {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The same for all records of one event. */
  readonly serial: string;
  readonly values: ReadonlyMap<string, string>;
}

/** Parses the text; null when it does not begin as records do. */
export function parseAuditRecord(text: string): AuditRecord | null {
  const [head, seconds, millis, serial] =
    /^audit\((\d{1,12})\.(\d{3}):(\d{1,20})\): ?/.exec(text) ?? [];
  if (head === undefined || serial === undefined) return null;
  const values = new Map<string, string>();
  for (const [, name = '', value = ''] of text
    .slice(head.length)
    .matchAll(/(?:^| )([a-z0-9_[\]-]+)=("[^"]*"|[^ ]*)/gi)) {
    values.set(name, value);
  }
  return { at: Number(seconds) * 1_000 + Number(millis), serial, values };
}

/** A value that the kernel treats as untrusted: quoted, in hexadecimal, or `(null)`. */
export function untrustedText(value: string | undefined): string | null {
  if (value === undefined || value === '(null)') return null;
  if (value.startsWith('"')) return value.slice(1, value.endsWith('"') ? -1 : undefined);
  return /^(?:[0-9A-F]{2})+$/.test(value) ? Buffer.from(value, 'hex').toString('utf8') : value;
}

/** The arguments of EXECVE records; `isCut` when some are not there or were too long. */
export function argumentsIn(records: readonly AuditRecord[]): {
  readonly args: string[];
  readonly isCut: boolean;
} {
  const parts = new Map<number, string>();
  let count = 0;
  for (const { values } of records) {
    count = Math.max(count, Number(values.get('argc') ?? 0));
    for (const [name, value] of values) {
      const [, index] = /^a(\d{1,6})(?:\[\d{1,6}\])?$/.exec(name) ?? [];
      if (index === undefined) continue;
      const place = Number(index);
      parts.set(place, (parts.get(place) ?? '') + (untrustedText(value) ?? ''));
    }
  }
  const args: string[] = [];
  let length = 0;
  for (let index = 0; index < Math.min(count, ARGUMENTS_MAX); index += 1) {
    const text = parts.get(index);
    if (text === undefined || length > ARGUMENTS_LENGTH_MAX) break;
    args.push(text);
    length += text.length;
  }
  return { args, isCut: args.length < count };
}
