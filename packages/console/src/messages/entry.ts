import { tagOf, type Locale } from './locales.ts';
import { format, pseudoCatalogue, type CatalogueLike, type Message } from './translate.ts';

/* The words of sign-in, set-up and invitation: apart from the console's, so that these pages stay small. */
const en = {
  signIn: 'Sign in',
  signInTitle: 'Sign in to Wardgrid',
  email: 'E-mail',
  password: 'Password',
  code: 'Code',
  codeHint: 'From your authenticator app, or a backup code',
  codeTitle: 'Second factor',
  continue: 'Continue',
  working: 'One moment…',
  expired: 'Your session has ended. Sign in to go on where you were.',
  signedOut: 'You are signed out.',
  setupOpen:
    'This controller is not set up yet. Open the set-up link that it printed when it started.',
  setupTitle: 'Set up Wardgrid',
  setupHint: 'You become the first admin. Everything else has a default.',
  organization: 'Organization',
  organizationHint: 'Your company or first client',
  passwordHint: 'At least {length} characters; a few words are easiest',
  setUp: 'Set up',
  inviteTitle: 'Welcome to Wardgrid',
  inviteHint: 'Choose the password you will sign in with.',
  invite: 'Set password',
  accepted: 'Your password is set. Sign in as {email}.',
  linkIncomplete: 'This link is incomplete. Open it exactly as you got it.',
  unreachable: 'The controller cannot be reached.',
  'sign-in-failed': 'E-mail, password or code is wrong.',
  'address-blocked': 'This address is blocked for a while after too many attempts.',
  'rate-limited': 'Too many attempts. Wait a moment.',
  'setup-closed': 'The set-up is already done. Sign in instead.',
  'setup-token-invalid': 'The set-up link is wrong or has expired.',
  'account-invitation-invalid': 'The invitation is wrong, used or has expired. Ask for a new one.',
  'account-password-weak': 'This password is too easy to guess.',
} as const;

const de: CatalogueLike<typeof en> = {
  signIn: 'Anmelden',
  signInTitle: 'Bei Wardgrid anmelden',
  email: 'E-Mail',
  password: 'Passwort',
  code: 'Code',
  codeHint: 'Aus Ihrer Authenticator-App, oder ein Ersatzcode',
  codeTitle: 'Zweiter Faktor',
  continue: 'Weiter',
  working: 'Einen Augenblick …',
  expired: 'Ihre Sitzung ist beendet. Melden Sie sich an, um dort weiterzumachen.',
  signedOut: 'Sie sind abgemeldet.',
  setupOpen:
    'Dieser Controller ist noch nicht eingerichtet. Öffnen Sie den Link, den er beim Start ausgegeben hat.',
  setupTitle: 'Wardgrid einrichten',
  setupHint: 'Sie werden der erste Admin. Alles andere hat einen Vorgabewert.',
  organization: 'Organisation',
  organizationHint: 'Ihr Unternehmen oder der erste Kunde',
  passwordHint: 'Mindestens {length} Zeichen; einige Wörter sind am einfachsten',
  setUp: 'Einrichten',
  inviteTitle: 'Willkommen bei Wardgrid',
  inviteHint: 'Wählen Sie das Passwort, mit dem Sie sich anmelden werden.',
  invite: 'Passwort setzen',
  accepted: 'Ihr Passwort ist gesetzt. Melden Sie sich an als {email}.',
  linkIncomplete: 'Dieser Link ist unvollständig. Öffnen Sie ihn genau so, wie Sie ihn bekamen.',
  unreachable: 'Der Controller ist nicht erreichbar.',
  'sign-in-failed': 'E-Mail, Passwort oder Code ist falsch.',
  'address-blocked': 'Diese Adresse ist nach zu vielen Versuchen eine Weile gesperrt.',
  'rate-limited': 'Zu viele Versuche. Warten Sie einen Augenblick.',
  'setup-closed': 'Die Einrichtung ist schon geschehen. Melden Sie sich an.',
  'setup-token-invalid': 'Der Einrichtungslink ist falsch oder abgelaufen.',
  'account-invitation-invalid':
    'Die Einladung ist falsch, benutzt oder abgelaufen. Bitten Sie um eine neue.',
  'account-password-weak': 'Dieses Passwort ist zu leicht zu erraten.',
};

export type EntryKey = keyof typeof en;

/** The words of the entry pages in a language. */
export function entryWords(
  locale: Locale,
): (key: EntryKey, values?: Readonly<Record<string, string | number>>) => string {
  const catalogue = catalogueOf(locale);
  return (key, values = {}) => format(catalogue[key], tagOf(locale), values);
}

function catalogueOf(locale: Locale): Readonly<Record<EntryKey, Message>> {
  if (locale === 'de') return de;
  return locale === 'pseudo' ? pseudoCatalogue(en) : en;
}

/** Whether there are words for this key, such as a problem's code. */
export function isEntryKey(key: string): key is EntryKey {
  return Object.hasOwn(en, key);
}
