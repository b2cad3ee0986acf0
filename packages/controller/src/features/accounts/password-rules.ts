import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from '@wardgrid/wire';
import { ControllerError } from '../../platform/error.ts';

/** Fewest different characters: `aaaaaaaaaaaa` and `abababababab` are long, not strong. */
const DISTINCT_MIN = 5;
/** Words about the person shorter than this are too common to forbid. */
const PERSONAL_LENGTH_MIN = 4;

/* What lists of leaked passwords hold most among long ones, and what fills up a short one. */
const COMMON = [
  'password',
  'passwort',
  'passw0rd',
  'p@ssword',
  'p@ssw0rd',
  'qwertyuiop',
  'qwertzuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwerty',
  'qazwsx',
  '1q2w3e4r',
  '123456789',
  '987654321',
  'abcdefgh',
  'iloveyou',
  'letmein',
  'welcome',
  'administrator',
  'changeme',
  'trustno1',
  'superman',
  'football',
  'baseball',
  'princess',
  'sunshine',
  'dragon',
  'monkey',
  'master',
  'admin',
  'summer',
  'winter',
  'spring',
  'autumn',
  'wardgrid',
];

/** Share of a password that known words may make up. */
const KNOWN_SHARE_MAX = 0.6;

/** What is known about the person, none of which makes a password. */
export interface PasswordOwner {
  readonly email: string;
  /** Names of the person and the organization. */
  readonly words: readonly string[];
}

/** @throws ControllerError `account-password-weak`, saying what to change. */
export function requireStrongPassword(password: string, owner: PasswordOwner): void {
  const reason = weaknessOf(password.normalize('NFKC'), owner);
  if (reason === null) return;
  throw new ControllerError('account-password-weak', reason, {
    issues: [{ pointer: '/password', detail: reason }],
  });
}

/** Why a password is too weak, or null. */
export function weaknessOf(password: string, owner: PasswordOwner): string | null {
  const length = Array.from(password).length;
  if (length < PASSWORD_LENGTH_MIN)
    return `a password has at least ${PASSWORD_LENGTH_MIN} characters`;
  if (password.length > PASSWORD_LENGTH_MAX)
    return `a password has at most ${PASSWORD_LENGTH_MAX} characters`;
  const plain = password.toLowerCase();
  if (new Set(plain).size < DISTINCT_MIN) return 'the password repeats too few characters';
  if (isSequence(plain)) return 'the password is a row of neighbouring characters';
  if (isMadeOf(plain, personalWordsOf(owner)))
    return 'the password is made of your name or e-mail address';
  if (isMadeOf(plain, [...personalWordsOf(owner), ...COMMON]))
    return 'the password is one that attackers try first';
  return null;
}

function personalWordsOf(owner: PasswordOwner): string[] {
  const email = owner.email.toLowerCase();
  const [local = '', domain = ''] = email.split('@');
  const words = owner.words.map((word) => word.toLowerCase().replaceAll(/\s+/g, ''));
  return [email, local, domain, domain.split('.')[0] ?? '', ...words].filter(
    (word) => word.length >= PERSONAL_LENGTH_MIN,
  );
}

/** Whether the words fill most of the password, or all of it but digits and signs. */
function isMadeOf(plain: string, words: readonly string[]): boolean {
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), plain);
  if (rest === plain) return false;
  return rest.length < plain.length * (1 - KNOWN_SHARE_MAX) || !/\p{L}/u.test(rest);
}

/** Whether every character follows its neighbour by the same step of -1, 0 or 1. */
function isSequence(plain: string): boolean {
  const codes = Array.from(plain, (character) => character.codePointAt(0) ?? 0);
  const steps = new Set(codes.slice(1).map((code, index) => code - (codes[index] ?? 0)));
  return [...steps].every((step) => Math.abs(step) <= 1 || Math.abs(step) === 9) && steps.size <= 2;
}
