/* The change group on a real kernel: what happened, where, by whom. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { systemClock } from '@wardgrid/base/system';
import { DEFAULT_PROTECTION } from '@wardgrid/wire';
import type { SensedEvent } from '../../../protect/parts.ts';
import { removeCanaries } from '../canaries.ts';
import { withSmallQueues } from '../testing/small-queues.ts';
import { createProtectedLab, type ProtectedLab } from '../testing/protected-lab.ts';

const RANSOMED = /\.locked$/;
let lab: ProtectedLab;

beforeAll(() => {
  lab = createProtectedLab();
});

afterEach(() => lab.reset());

afterAll(() => lab.close());

const by = (action: SensedEvent['action'], path: string) => (event: SensedEvent) =>
  event.sensor === 'file-change' && event.action === action && event.fields['file.path'] === path;

test('create, write, rename, attributes and delete are told with paths and who did it', async () => {
  await lab.protect();
  await lab.shell(
    'mkdir $D/folder; sleep 0.05; echo text > $D/folder/one; chmod 4755 $D/folder/one',
  );
  await lab.sensed(by('create', lab.at('folder')));
  await lab.sensed(by('create', lab.at('folder/one')));
  expect(await lab.sensed(by('write', lab.at('folder/one')))).toMatchObject({
    fields: {
      'file.name': 'one',
      'file.directory': lab.at('folder'),
      'file.size': 5,
      'process.pid': expect.any(Number),
    },
  });
  const rights = await lab.sensed(by('attributes', lab.at('folder/one')));
  expect(Number(rights.fields['file.mode']) & 0o7777).toBe(0o4755);
  await lab.shell('mv $D/folder/one $D/two; sleep 0.05; rm $D/two');
  expect(await lab.sensed(by('rename', lab.at('two')))).toMatchObject({
    fields: { 'file.previous_path': lab.at('folder/one') },
  });
  await lab.sensed(by('delete', lab.at('two')));
});

test('a process that goes on is told with its program and command line', async () => {
  await lab.protect();
  await lab.shell('echo x > $D/file; sleep 0.3; true');
  const { fields } = await lab.sensed(by('write', lab.at('file')));
  expect(fields).toMatchObject({ 'process.name': 'dash' });
  expect(fields['process.command_line']).toContain('echo x > $D/file');
});

test('paths follow a folder that was renamed', async () => {
  mkdirSync(lab.at('before'));
  await lab.protect();
  await lab.shell('echo 1 > $D/before/a; sleep 0.1; mv $D/before $D/after; echo 2 > $D/after/b');
  await lab.sensed(by('write', lab.at('before/a')));
  await lab.sensed(by('write', lab.at('after/b')));
});

test('what is written is told plain or encrypted, and what it was before', async () => {
  const plain = 'a letter to somebody. '.repeat(400);
  writeFileSync(lab.at('key'), randomBytes(8_192));
  await lab.protect();
  await lab.shell(`printf '%s' '${plain}' > $D/letter; sleep 0.1; cat $D/key > $D/letter`);
  const isEncrypted = ({ fields }: SensedEvent): boolean => Number(fields['file.entropy']) > 7.9;
  const after = await lab.sensed(
    (event) => by('write', lab.at('letter'))(event) && isEncrypted(event),
  );
  expect(after.fields['file.entropy_before']).toBeLessThan(5);
  await lab.shell('cp /bin/true $D/program');
  expect(await lab.sensed(by('write', lab.at('program')))).toMatchObject({
    fields: { 'file.magic': 'elf' },
  });
});

test('decoys are planted, told when they are touched, and taken away again', async () => {
  const home = lab.at('home');
  mkdirSync(home);
  const protection = await lab.protect({ more: { canaryFolders: [home] } });
  const names = readdirSync(home);
  expect(names).toHaveLength(2);
  await lab.shell('for f in $D/home/.[!.]*; do cat /bin/true > "$f"; mv "$f" "$f.locked"; done');
  for (const name of names) {
    const isTouched = by('write', join(home, name));
    expect((await lab.sensed(isTouched)).fields['file.is_canary']).toBe(true);
    const isRenamed = by('rename', join(home, `${name}.locked`));
    expect((await lab.sensed(isRenamed)).fields['file.is_canary']).toBe(true);
  }
  const content = {};
  await protection.update({ policy: { ...DEFAULT_PROTECTION, canaries: true }, content });
  expect(readdirSync(home).filter((name) => !RANSOMED.test(name))).toEqual(names);
  await protection.update({ policy: { ...DEFAULT_PROTECTION, canaries: false }, content });
  expect(readdirSync(home).filter((name) => !RANSOMED.test(name))).toEqual([]);
});

test('a decoy is never planted through a symbolic link, nor over a file of somebody', async () => {
  mkdirSync(lab.at('secret'));
  mkdirSync(lab.at('taken'));
  writeFileSync(lab.at('taken/.!accounts.xlsx'), 'mine');
  await lab.shell('ln -s $D/secret $D/linked; ln -s /etc/passwd "$D/taken/.~passwords.docx"');
  const folders = [lab.at('linked'), lab.at('taken'), lab.at('missing')];
  await lab.protect({ more: { canaryFolders: folders } });
  expect(readdirSync(lab.at('secret'))).toEqual([]);
  removeCanaries(folders);
  expect(existsSync(lab.at('taken/.!accounts.xlsx'))).toBe(true);
  expect(existsSync('/etc/passwd')).toBe(true);
});

test('names that break lines and encodings are told as such', async () => {
  await lab.protect();
  await lab.shell(String.raw`printf x > "$(printf "$D/a\nb\377")"`);
  await lab.sensed(by('write', `${lab.mountPoint}/a\\u{a}b\\xff`));
});

test('many changes at once are all told, and a filesystem mounted later is watched too', async () => {
  await lab.protect({ more: { mountPoints: [lab.mountPoint, lab.at('late')] } });
  await lab.shell('mkdir $D/many; cd $D/many; for i in $(seq 2000); do : > f$i; done');
  await lab.sensed(by('write', lab.at('many/f2000')));
  const written = lab.events.filter(({ action }) => action === 'write');
  expect(written.length).toBe(2_000);
  await lab.shell('mkdir $D/late; mount -t tmpfs none $D/late');
  try {
    await systemClock.sleep(300);
    await lab.shell('echo x > $D/late/file');
    await lab.sensed(by('write', lab.at('late/file')));
  } finally {
    await lab.shell('umount $D/late');
  }
});

test('an overflow of the kernel queue is counted, and whoever keeps a picture is told', async () => {
  const lost = Promise.withResolvers<void>();
  const more = { isQueueBounded: true, onChangesLost: lost.resolve };
  const protection = await withSmallQueues(64, () => lab.protect({ more }));
  await lab.shell('cd $D; for i in $(seq 2000); do : > f$i; done');
  await lost.promise;
  expect(protection.health()[1]).toMatchObject({ name: 'file-change', state: 'degraded' });
  expect(protection.health()[1]?.dropped).toBeGreaterThan(0);
});
