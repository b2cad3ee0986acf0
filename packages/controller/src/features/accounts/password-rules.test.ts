import { expect, test } from 'vitest';
import { requireStrongPassword, weaknessOf } from './password-rules.ts';

const owner = { email: 'jane.doe@example.com', words: ['Jane Doe', 'Acme Limited'] };

test.each([
  ['too short', 'x7$kQ2!pLm9'],
  ['too long', 'aB3$'.repeat(65)],
  ['one character', 'aaaaaaaaaaaaaaaa'],
  ['two characters', 'abababababababab'],
  ['a row of neighbours', 'abcdefghijklmnop'],
  ['a row of digits', '1234567890123'],
  ['a row backwards', 'zyxwvutsrqponm'],
  ['the e-mail address', 'jane.doe@example.com'],
  ['the e-mail address in capitals', 'JANE.DOE@EXAMPLE.COM'],
  ['the name with digits', 'janedoe12345'],
  ['the organization with digits', 'AcmeLimited1'],
  ['a common password', 'password1234'],
  ['a common password with signs', 'P@ssw0rd!2024'],
  ['common passwords in a row', 'qwerty123456789'],
  ['a season and a year', 'Summer2026!!'],
])('%s is refused', (_name, password) => {
  expect(weaknessOf(password, owner)).toEqual(expect.any(String));
  expect(() => requireStrongPassword(password, owner)).toThrow(
    expect.objectContaining({ code: 'account-password-weak' }),
  );
});

test.each([
  'correct horse battery staple',
  'x7$kQ2!pLm9w',
  'my password is a long sentence about tea',
  'über-lange Straßenbahn',
  '🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🦄🐙',
])('%s is accepted', (password) => {
  expect(weaknessOf(password, owner)).toBeNull();
});
