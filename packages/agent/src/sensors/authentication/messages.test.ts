import { expect, test } from 'vitest';
import { authenticationIn } from './messages.ts';

test.each([
  [
    'sshd',
    'Accepted password for alice from 192.0.2.7 port 50123 ssh2',
    {
      action: 'login',
      user: 'alice',
      sourceIp: '192.0.2.7',
      sourcePort: 50_123,
      reason: 'password',
    },
  ],
  [
    'sshd-session',
    'Accepted publickey for bob from 2001:db8::1 port 2 ssh2: ED25519 SHA256:abc+/9',
    { action: 'login', user: 'bob', sourceIp: '2001:db8::1', reason: 'publickey' },
  ],
  [
    'sshd',
    'Failed password for root from 192.0.2.7 port 22 ssh2',
    { action: 'failure', user: 'root', outcome: 'failure', reason: 'password' },
  ],
  [
    'sshd',
    'Failed password for invalid user oracle from 192.0.2.7 port 22 ssh2',
    { action: 'failure', user: 'oracle', reason: 'password, unknown user' },
  ],
  [
    'sshd',
    'Invalid user  from 192.0.2.7 port 22',
    { action: 'failure', user: '', sourceIp: '192.0.2.7' },
  ],
  [
    'sshd',
    'Disconnected from user alice 192.0.2.7 port 50123',
    { action: 'logout', user: 'alice', sourceIp: '192.0.2.7' },
  ],
  [
    'sudo',
    '   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/cat /etc/shadow',
    {
      action: 'elevate',
      user: 'alice',
      reason: 'to root',
      commandLine: '/usr/bin/cat /etc/shadow',
    },
  ],
  [
    'sudo',
    'bob : user NOT in sudoers ; TTY=pts/1 ; PWD=/tmp ; USER=root ; COMMAND=/bin/sh',
    { action: 'failure', user: 'bob', reason: 'user NOT in sudoers', commandLine: '/bin/sh' },
  ],
  [
    'sudo',
    'bob : 3 incorrect password attempts ; TTY=pts/1 ; PWD=/tmp ; USER=root ; COMMAND=/bin/sh',
    { action: 'failure', reason: '3 incorrect password attempts' },
  ],
  ['su', '(to root) alice on pts/0', { action: 'elevate', user: 'alice', reason: 'to root' }],
  ['su', 'FAILED SU (to root) alice on pts/0', { action: 'failure', user: 'alice' }],
  ['su', 'Successful su for root by alice', { action: 'elevate', user: 'alice' }],
  ['su', 'FAILED su for root by alice', { action: 'failure', user: 'alice' }],
  ['login', 'ROOT LOGIN  ON tty1'.replace('  ', ' '), { action: 'login', user: 'root' }],
  [
    'login',
    "FAILED LOGIN (1) on '/dev/tty1' FOR 'admin', Authentication failure",
    { action: 'failure', user: 'admin' },
  ],
  [
    'vsftpd',
    'pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=x rhost=192.0.2.9  user=ftp',
    { action: 'failure', user: 'ftp', sourceIp: '192.0.2.9' },
  ],
] as const)('%s: %s', (service, message, expected) => {
  expect(authenticationIn(service, message)).toMatchObject(expected);
});

test('a name or a key that looks like an address does not become one', () => {
  const source = (message: string) => authenticationIn('sshd', message)?.sourceIp;
  const forged = 'x from 198.51.100.1 port 1 ssh2';
  expect(source(`Invalid user ${forged} from 192.0.2.7 port 22`)).toBe('192.0.2.7');
  expect(source(`Failed password for invalid user ${forged} from 192.0.2.7 port 22 ssh2`)).toBe(
    '192.0.2.7',
  );
  const certificate = `RSA-CERT SHA256:abc ID ${forged} (serial 0) CA RSA SHA256:d`;
  expect(source(`Failed publickey for bob from 192.0.2.7 port 22 ssh2: ${certificate}`)).toBe(
    '192.0.2.7',
  );
});

test.each([
  ['sshd', 'Server listening on 0.0.0.0 port 22.'],
  ['sshd', 'pam_unix(sshd:auth): authentication failure; logname= rhost=192.0.2.9  user=a'],
  ['cron', '(root) CMD (run-parts /etc/cron.hourly)'],
  ['sudo', 'alice : Accepted password for alice from 192.0.2.7 port 50123 ssh2'],
  ['nginx', 'Accepted password for alice from 192.0.2.7 port 50123 ssh2'],
])('%s says nothing of people by: %s', (service, message) => {
  expect(authenticationIn(service, message)).toBeNull();
});

test('the longest and nastiest lines are judged in no time', () => {
  const parts = [
    'a',
    ' ',
    ' from 1.1.1.1 port 1',
    ': RSA SHA256:x',
    'USER=a ; ',
    'TTY=x ; ',
    ' : ',
  ];
  const begun = process.cpuUsage();
  for (const head of ['Failed password for ', 'Invalid user ', 'a : ', 'a : x ; ', '']) {
    for (const part of parts) {
      const message = (head + part.repeat(8_192)).slice(0, 8_192);
      for (const service of ['sshd', 'sudo', 'su', 'login', 'other']) {
        authenticationIn(service, message);
      }
    }
  }
  const { user } = process.cpuUsage(begun);
  expect(user / 1_000).toBeLessThan(2_000);
});
