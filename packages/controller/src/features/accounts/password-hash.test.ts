import { expect, test } from 'vitest';
import { ControllerError } from '../../platform/error.ts';
import { createPasswordHasher } from './password-hash.ts';

/** Little work, so that tests of behaviour are quick. */
const LIGHT = { memoryKib: 64, passes: 1, parallelism: 1 };
const PHC = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;

test('a password fits its own hash alone, which is a PHC string with the parameters of OWASP', async () => {
  const hasher = createPasswordHasher();
  const hash = await hasher.hash('correct horse battery');
  expect(hash).toMatch(PHC);
  expect(await hasher.verify('correct horse battery', hash)).toBe(true);
  expect(await hasher.verify('correct horse batterz', hash)).toBe(false);
  expect(hasher.isOutdated(hash)).toBe(false);
});

test('two hashes of one password differ', async () => {
  const hasher = createPasswordHasher(LIGHT);
  expect(await hasher.hash('same')).not.toBe(await hasher.hash('same'));
});

test('without a hash the same work is done and nothing fits', async () => {
  const hasher = createPasswordHasher();
  const hash = await hasher.hash('x');
  const workOf = async (given: string | null): Promise<number> => {
    const before = process.cpuUsage();
    for (let run = 0; run < 5; run += 1) expect(await hasher.verify('wrong', given)).toBe(false);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  await workOf(hash);
  const known = await workOf(hash);
  const unknown = await workOf(null);
  // Processor time, since the machine is shared; skipping the work would make this a thousandth.
  expect(unknown).toBeGreaterThan(known / 5);
});

test('a hash of other parameters is verified by its own and is outdated', async () => {
  const old = await createPasswordHasher(LIGHT).hash('known');
  const hasher = createPasswordHasher();
  expect(await hasher.verify('known', old)).toBe(true);
  expect(hasher.isOutdated(old)).toBe(true);
});

test('a stored hash cannot ask for more memory or passes than the bound', async () => {
  const hasher = createPasswordHasher(LIGHT);
  const tail = `$${'A'.repeat(22)}$${'A'.repeat(43)}`;
  for (const hostile of ['m=9999999,t=1,p=1', 'm=64,t=99,p=1']) {
    expect(await hasher.verify('x', `$argon2id$v=19$${hostile}${tail}`)).toBe(false);
  }
  expect(await hasher.verify('x', 'plain')).toBe(false);
});

test('the same password typed in another Unicode form fits', async () => {
  const hasher = createPasswordHasher(LIGHT);
  expect(await hasher.verify('cafe\u0301 au lait', await hasher.hash('caf\u00e9 au lait'))).toBe(
    true,
  );
});

test('a flood is turned away beyond the queue, and the hasher works on afterwards', async () => {
  const hasher = createPasswordHasher(LIGHT);
  const results = await Promise.allSettled(Array.from({ length: 200 }, () => hasher.hash('x')));
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused.length).toBeGreaterThan(100);
  expect(
    refused.every(
      ({ reason }) => reason instanceof ControllerError && reason.code === 'unavailable',
    ),
  ).toBe(true);
  expect(await hasher.verify('y', await hasher.hash('y'))).toBe(true);
});
