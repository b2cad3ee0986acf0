import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAccounts, parseAdminGroups } from './accounts.ts';
import { createSource } from './testdata/machine.ts';
import { mergeSessions, parseSystemdSession, readUsers } from './users.ts';
import { parseUtmp } from './utmp.ts';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
ann:x:1000:1000:Ann,,,:/home/ann:/usr/bin/zsh
bob:x:1001:1001::/home/bob:/bin/sh
eve:x:1002:27::/home/eve:
toor:x:0:0::/root:/bin/false
broken:x:abc:1::/:/bin/sh
short:x:5
:x:7:7::/:/bin/sh
huge:x:99999999999:1::/:/bin/sh
`;
const GROUP = `root:x:0:\nsudo:x:27:ann, carl\nwheel:x:10:\nusers:x:100:bob\nadmin:!:bad:zed\n`;

describe('accounts', () => {
  test('administrators are the superuser and the members of its groups', () => {
    const accounts = parseAccounts(PASSWD, parseAdminGroups(GROUP));
    const admins = accounts.filter((account) => account.isAdmin).map((account) => account.name);
    expect(admins).toEqual(['root', 'ann', 'eve', 'toor']);
    expect(accounts.filter((account) => account.canLogIn).map((account) => account.name)).toEqual([
      'root',
      'ann',
      'bob',
      'eve',
    ]);
    expect(accounts.find((account) => account.name === 'eve')?.shell).toBe('/bin/sh');
  });

  test('any text is cut to bounds and never throws', () => {
    const hostile = `${'a'.repeat(5_000)}:x:1:1::/${'b'.repeat(5_000)}:/bin/\u202esh\0`;
    const [account] = parseAccounts(hostile, parseAdminGroups(''));
    expect(account?.name).toHaveLength(255);
    expect(account?.home).toHaveLength(1_024);
    expect(account?.shell).not.toMatch(/[\u0000\u202e]/);
    fc.assert(fc.property(fc.string(), (text) => void parseAccounts(text, parseAdminGroups(text))));
  });
});

interface UtmpFields {
  readonly type?: number;
  readonly pid?: number;
  readonly line?: string;
  readonly user?: string;
  readonly host?: string;
  readonly seconds?: number;
}

/** One record as glibc writes it on x86 (384 bytes) or ARM (400 bytes). */
function utmpRecord(fields: UtmpFields, recordBytes = 384): Buffer {
  const record = Buffer.alloc(recordBytes);
  record.writeInt16LE(fields.type ?? 7, 0);
  record.writeInt32LE(fields.pid ?? process.pid, 4);
  record.write(fields.line ?? 'pts/0', 8, 32);
  record.write(fields.user ?? 'ann', 44, 32);
  record.write(fields.host ?? '', 76, 256);
  const seconds = fields.seconds ?? 1_700_000_000;
  if (recordBytes === 384) record.writeInt32LE(seconds, 340);
  else record.writeBigInt64LE(BigInt(seconds), 344);
  return record;
}

describe('utmp', () => {
  test('the records of both widths are read', () => {
    const fields = { host: '192.168.1.50', pid: 42 };
    const expected = {
      user: 'ann',
      terminal: 'pts/0',
      remoteHost: '192.168.1.50',
      since: 1_700_000_000_000,
      pid: 42,
    };
    expect(parseUtmp(utmpRecord(fields), 'x64')).toEqual([expected]);
    expect(parseUtmp(utmpRecord(fields, 400), 'arm64')).toEqual([expected]);
  });

  test('boots, ended sessions, nameless ones and impossible times are no sessions', () => {
    const bytes = Buffer.concat([
      utmpRecord({ type: 2, user: 'reboot' }),
      utmpRecord({ type: 8 }),
      utmpRecord({ user: '' }),
      utmpRecord({ seconds: -5 }),
      utmpRecord({ user: 'u'.repeat(32), line: '' }),
    ]);
    expect(parseUtmp(bytes, 'x64')).toMatchObject([{ user: 'u'.repeat(32), terminal: null }]);
  });

  test('a record that is cut off is left out, at every length', () => {
    const bytes = Buffer.concat([utmpRecord({}), utmpRecord({ user: 'bob' })]);
    for (let length = 0; length < bytes.length; length += 7) {
      expect(parseUtmp(bytes.subarray(0, length), 'x64')).toHaveLength(Math.floor(length / 384));
    }
  });

  test('no bytes make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 900 }), (bytes) => {
        parseUtmp(Buffer.from(bytes), 'x64');
        parseUtmp(Buffer.from(bytes), 'arm64');
      }),
    );
  });
});

const SESSION = `# This is private data. Do not parse.
UID=1000
USER=ann
ACTIVE=1
STATE=active
REMOTE=1
CLASS=user
TTY=pts/0
REMOTE_HOST=192.168.1.50
REALTIME=1700000000123456
`;

describe('sessions', () => {
  test('a session of systemd is read, a greeter and a closing one are not', () => {
    expect(parseSystemdSession(SESSION)).toEqual({
      user: 'ann',
      terminal: 'pts/0',
      remoteHost: '192.168.1.50',
      since: 1_700_000_000_123,
    });
    expect(parseSystemdSession(SESSION.replace('CLASS=user', 'CLASS=greeter'))).toBeUndefined();
    expect(parseSystemdSession(SESSION.replace('active\n', 'closing\n'))).toBeUndefined();
    expect(parseSystemdSession(SESSION.replace(/REALTIME=.*/, 'REALTIME=9e99'))).toBeUndefined();
  });

  test('the same person at the same terminal is one session', () => {
    const session = { user: 'ann', terminal: 'pts/0', remoteHost: null, since: 5 };
    const other = { ...session, terminal: 'tty1' };
    expect(mergeSessions([session], [{ ...session, since: 6 }, other])).toEqual([session, other]);
  });

  test('a machine gives its accounts and the sessions whose process lives', () => {
    const source = createSource({
      'etc/passwd': PASSWD,
      'etc/group': GROUP,
      'run/systemd/sessions/3': SESSION,
      'run/systemd/sessions/3.ref': SESSION,
      'run/utmp': Buffer.concat([
        utmpRecord({ pid: 77 }),
        utmpRecord({ pid: 77, user: 'bob', line: 'tty1' }),
        utmpRecord({ pid: 78, user: 'gone', line: 'tty2' }),
      ]),
      'proc/77/stat': '77 (bash) S',
    });
    const users = readUsers(source);
    expect(users.sessions.map((session) => session.user)).toEqual(['ann', 'bob']);
    expect(users.accounts).toHaveLength(6);
    expect(users.isTruncated).toBe(false);
  });
});
