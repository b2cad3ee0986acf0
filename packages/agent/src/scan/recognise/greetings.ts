import { lineOf, wordOf, type Recognition } from '../shapes.ts';

/** What a greeting may be judged by: products name themselves in the first line. */
const TEXT_BYTES_MAX = 1024;

interface TextRule {
  readonly service: string;
  readonly pattern: RegExp;
}

/* Patterns with a product say it in the group `product`, a version in `version`. Each is anchored
   and free of nested repetition, so that hostile text costs linear time. */
const TEXT_RULES: readonly TextRule[] = [
  {
    service: 'ssh',
    pattern: /^SSH-[\d.]{1,8}-(?<product>[A-Za-z][A-Za-z]*|\w+)(?:[_-](?<version>[\w.]+))?/,
  },
  { service: 'vnc', pattern: /^RFB (?<version>\d{3}\.\d{3})\n/ },
  {
    service: 'imap',
    pattern: /^\* (?:OK|PREAUTH|BYE)\b(?=.*?(?<product>Dovecot|Courier|Cyrus|Exchange|Zimbra|$))/i,
  },
  {
    service: 'pop3',
    pattern: /^\+OK\b(?=.*?(?<product>Dovecot|Courier|Cyrus|Exchange|Zimbra|$))/i,
  },
  {
    service: 'smtp',
    pattern:
      /^(?:220|554)[ -].*?\bE?SMTP\b(?:.*?(?<product>Postfix|Exim|Sendmail|Microsoft ESMTP|OpenSMTPD|Haraka)(?:[ /](?<version>\d[\w.]*))?)?/i,
  },
  {
    service: 'ftp',
    pattern:
      /^220[ -].*?(?<product>vsFTPd|ProFTPD|Pure-FTPd|FileZilla Server|Microsoft FTP Service)(?:[ :]+(?:version )?(?<version>\d[\w.]*))?/i,
  },
  { service: 'ftp', pattern: /^220[ -].*?\bFTP\b/i },
  { service: 'rsync', pattern: /^@RSYNCD: (?<version>\d+(?:\.\d+)?)/ },
  { service: 'nntp', pattern: /^20[01] .*?(?:NNTP|InterNetNews)/i },
];

/** What a service that speaks first says it is; undefined for anything else. Never throws on hostile bytes. */
export function parseGreeting(bytes: Buffer): Recognition | undefined {
  return parseTelnet(bytes) ?? parseMysql(bytes) ?? parseText(bytes);
}

/** The first line of what was said, fit to show; undefined when it said nothing printable. */
export function bannerOf(bytes: Buffer): string | undefined {
  const text = bytes.subarray(0, TEXT_BYTES_MAX).toString('utf8');
  const line = lineOf(text.trim().split(/\r?\n/, 1)[0] ?? '');
  return line === '' ? undefined : line;
}

function parseText(bytes: Buffer): Recognition | undefined {
  const text = bytes.subarray(0, TEXT_BYTES_MAX).toString('latin1');
  for (const { service, pattern } of TEXT_RULES) {
    const match = pattern.exec(text);
    if (match) return withDetails(service, match.groups ?? {}, bannerOf(bytes));
  }
  return undefined;
}

function withDetails(
  service: string,
  groups: Readonly<Record<string, string | undefined>>,
  banner: string | undefined,
): Recognition {
  const product = wordOf(groups['product'] ?? '');
  const version = wordOf(groups['version'] ?? '');
  return {
    service,
    ...(product === '' ? {} : { product }),
    ...(version === '' ? {} : { version }),
    ...(banner === undefined ? {} : { banner }),
  };
}

/** Telnet opens with option negotiation: IAC and WILL, WONT, DO or DONT (RFC 854). */
function parseTelnet(bytes: Buffer): Recognition | undefined {
  const [first = 0, second = 0] = bytes;
  if (first !== 0xff || second < 0xfb || second > 0xfe) return undefined;
  const words: number[] = [];
  for (let at = 0; at < Math.min(bytes.length, TEXT_BYTES_MAX); at += 1) {
    if (bytes[at] === 0xff) at += 2;
    else words.push(bytes[at] ?? 0);
  }
  const banner = bannerOf(Buffer.from(words));
  return { service: 'telnet', ...(banner === undefined ? {} : { banner }) };
}

/** MySQL's first packet: three bytes of length, number 0, protocol 10 and the version, or an error. */
function parseMysql(bytes: Buffer): Recognition | undefined {
  if (bytes.length < 7 || bytes[3] !== 0) return undefined;
  const sizeBytes = bytes.readUIntLE(0, 3);
  if (sizeBytes < 3 || sizeBytes > TEXT_BYTES_MAX || bytes.length < sizeBytes + 4) return undefined;
  const body = bytes.subarray(4, 4 + sizeBytes);
  if (body[0] === 0xff) return parseMysqlError(body);
  const end = body.indexOf(0, 1);
  if (body[0] !== 10 || end < 2) return undefined;
  const text = body.toString('latin1', 1, end);
  const isMaria = /mariadb/i.test(text);
  const version = wordOf(
    isMaria ? text.replace(/^5\.5\.5-/, '').replace(/-mariadb.*$/i, '') : text,
  );
  return { service: 'mysql', product: isMaria ? 'MariaDB' : 'MySQL', version };
}

function parseMysqlError(body: Buffer): Recognition | undefined {
  const text = body.toString('latin1', 3);
  const match = /(MySQL|MariaDB) server/i.exec(text);
  if (!match) return undefined;
  const product = /maria/i.test(match[1] ?? '') ? 'MariaDB' : 'MySQL';
  return { service: 'mysql', product, banner: lineOf(text), isUnauthenticated: false };
}
