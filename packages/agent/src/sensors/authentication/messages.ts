import { parseIp } from '@wardgrid/base';
import { factOf, type AuthenticationFact } from './fact.ts';

/*
 * What services say of people (OpenSSH's auth.c, sudo's logging.c, shadow and util-linux). A name in a
 * message is the attacker's choice and may look like the rest of it: the pattern before a name is fixed,
 * and the one behind it is looked for from the end, so that the last match, which the service wrote,
 * counts. No pattern has two quantifiers that can take the same text.
 */
type Rule = readonly [RegExp, (groups: Readonly<Record<string, string>>) => AuthenticationFact];

const FROM = String.raw`from (?<ip>[0-9A-Fa-f:.]{2,45}|UNKNOWN) port (?<port>\d{1,5})`;

/** How a line about a key ends. A certificate's own name is the attacker's choice as well. */
const KEY = String.raw`(?: ssh2)?(?:: [^ ]{1,40} SHA256:[^ ]{1,64})?`;
const CERTIFICATE = String.raw` ssh2: [^ ]{1,40}-CERT .*`;

const SSHD: readonly Rule[] = [
  [
    new RegExp(`^Accepted (?<reason>\\S{1,64}) for (?<user>\\S{1,64}) ${FROM}${CERTIFICATE}$`),
    (groups) => factOf('login', whoOf(groups)),
  ],
  [
    new RegExp(
      `^Failed (?<reason>\\S{1,64}) for (?:invalid user )?(?<user>\\S{1,64}) ${FROM}${CERTIFICATE}$`,
    ),
    (groups) => factOf('failure', whoOf(groups)),
  ],
  [
    new RegExp(`^Accepted (?<reason>\\S{1,64}) for (?<user>.*) ${FROM}${KEY}$`),
    (groups) => factOf('login', whoOf(groups)),
  ],
  [
    new RegExp(`^Failed (?<reason>\\S{1,64}) for invalid user (?<user>.*) ${FROM}${KEY}$`),
    (groups) =>
      factOf('failure', { ...whoOf(groups), reason: `${groups['reason']}, unknown user` }),
  ],
  [
    new RegExp(`^Failed (?<reason>\\S{1,64}) for (?<user>.*) ${FROM}${KEY}$`),
    (groups) => factOf('failure', whoOf(groups)),
  ],
  [
    new RegExp(`^Invalid user (?<user>.*) ${FROM}$`),
    (groups) => factOf('failure', { ...whoOf(groups), reason: 'unknown user' }),
  ],
  [
    new RegExp(
      `^Disconnected from user (?<user>.*) (?<ip>[0-9A-Fa-f:.]{2,45}) port (?<port>\\d{1,5})$`,
    ),
    (groups) => factOf('logout', whoOf(groups)),
  ],
];

const SUDO: readonly Rule[] = [
  [
    /^ {0,8}(?<user>\S{1,64}) : (?<reason>\d{1,3} incorrect password attempts?|user NOT in sudoers|command not allowed|user NOT authorized on host|a password is required) ; .{0,4096}?COMMAND=(?<command>.*)$/,
    (groups) => factOf('failure', { ...whoOf(groups), commandLine: groups['command'] ?? null }),
  ],
  [
    /^ {0,8}(?<user>\S{1,64}) : (?:[A-Z]{1,10}=[^;]{0,1024} ; ){0,6}USER=(?<target>[^;]{1,64}) ; (?:[A-Z]{1,10}=[^;]{0,1024} ; ){0,4}COMMAND=(?<command>.*)$/,
    (groups) =>
      factOf('elevate', {
        ...whoOf(groups),
        reason: `to ${groups['target']}`,
        commandLine: groups['command'] ?? null,
      }),
  ],
];

const SU: readonly Rule[] = [
  [
    /^FAILED SU \(to (?<target>[^)]{1,64})\) (?<user>\S{1,64}) on \S{1,64}$/i,
    (groups) => factOf('failure', { ...whoOf(groups), reason: `to ${groups['target']}` }),
  ],
  [
    /^\(to (?<target>[^)]{1,64})\) (?<user>\S{1,64}) on \S{1,64}$/,
    (groups) => factOf('elevate', { ...whoOf(groups), reason: `to ${groups['target']}` }),
  ],
  [
    /^(?<outcome>Successful|FAILED) su for (?<target>\S{1,64}) by (?<user>\S{1,64})$/,
    (groups) =>
      factOf(groups['outcome'] === 'FAILED' ? 'failure' : 'elevate', {
        ...whoOf(groups),
        reason: `to ${groups['target']}`,
      }),
  ],
];

const LOGIN: readonly Rule[] = [
  [
    /^(?:ROOT )?LOGIN ON (?<reason>\S{1,64})(?: BY (?<user>\S{1,64}))?(?: FROM \S{1,255})?$/,
    (groups) => factOf('login', { ...whoOf(groups), user: groups['user'] ?? 'root' }),
  ],
  [
    /^FAILED LOGIN \(\d{1,6}\) on '(?<reason>[^']{1,64})'(?: from '[^']{0,255}')? FOR '(?<user>[^']{0,64})',/,
    (groups) => factOf('failure', whoOf(groups)),
  ],
];

/** Other services that ask PAM; those above say more themselves. */
const PAM: readonly Rule[] = [
  [
    /^pam_[a-z]{1,16}\([^():]{1,64}:auth\): authentication failure; .{0,512}? rhost=(?<ip>\S{0,45})(?: {1,2}user=(?<user>\S{1,64}))?$/,
    (groups) => factOf('failure', { ...whoOf(groups), reason: 'password' }),
  ],
];

const RULES: ReadonlyMap<string, readonly Rule[]> = new Map([
  ['sshd', SSHD],
  ['sshd-session', SSHD],
  ['sudo', SUDO],
  ['su', SU],
  ['login', LOGIN],
]);

/** What a message of a service says of people; null when it says nothing of them. */
export function authenticationIn(service: string, message: string): AuthenticationFact | null {
  for (const [pattern, make] of RULES.get(service) ?? PAM) {
    const found = pattern.exec(message);
    if (found) return make(found.groups ?? {});
  }
  return null;
}

function whoOf(groups: Readonly<Record<string, string | undefined>>): Partial<AuthenticationFact> {
  const { user, ip, port, reason } = groups;
  return {
    user: user ?? null,
    sourceIp: ip !== undefined && parseIp(ip) !== undefined ? ip : null,
    sourcePort: port === undefined ? null : Number(port),
    reason: reason ?? null,
  };
}
