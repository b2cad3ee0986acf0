/* File protection on a real kernel: who is refused, who is held, and what is told of it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { systemClock } from '@wardgrid/base/system';
import { DEFAULT_PROTECTION, type ProtectionPolicy } from '@wardgrid/wire';
import type { EicarContent } from './testing/eicar-scanner-worker.ts';
import { EICAR } from './testing/eicar.ts';
import {
  createProtectedLab,
  type ProtectedLab,
  type ProtectionWishes,
} from './testing/protected-lab.ts';
import type { FileProtection } from './index.ts';

const QUIET = '--disable-warning=ExperimentalWarning';
const HOSTILE = fileURLToPath(new URL('./testing/hostile-writer.ts', import.meta.url));
const REFUSED = { code: 1, output: expect.stringContaining('not permitted') };
/** A program that is malicious to the scanner, and would run. */
const SCRIPT = `#!/bin/sh\necho it-ran\n# ${EICAR}\n`;

let lab: ProtectedLab;

beforeAll(() => {
  lab = createProtectedLab();
});

afterEach(() => lab.reset());

afterAll(() => lab.close());

async function protect(
  policy: ProtectionWishes['policy'] = {},
  content: ProtectionWishes['content'] = {},
): Promise<FileProtection> {
  const protection = await lab.protect({ policy, content });
  expect(protection.health()[0]).toMatchObject({ state: 'on', reason: null });
  return protection;
}

test('balanced refuses to run a malicious script and lets a clean program run', async () => {
  writeFileSync(lab.at('evil.sh'), SCRIPT, { mode: 0o755 });
  await lab.shell('cp /bin/true $D/true');
  await protect();
  const evil = await lab.shell('$D/evil.sh');
  expect(evil).toMatchObject({ code: 126, output: expect.stringContaining('not permitted') });
  expect(await lab.shell('$D/true')).toMatchObject({ code: 0 });
  expect(await lab.shell('cat $D/evil.sh | wc -c')).toMatchObject({ code: 0 });
  const file = await lab.heard(({ trigger }) => trigger === 'exec');
  expect(file).toMatchObject({
    reason: 'malware',
    wasBlocked: true,
    isDecisive: true,
    path: lab.at('evil.sh'),
    process: { fields: { 'process.name': 'dash' } },
  });
  expect(readFileSync(file.fd ?? -1, 'utf8')).toContain(EICAR);
  expect(lab.events[0]).toMatchObject({
    class: 'file',
    action: 'exec',
    sensor: 'file-access',
    fields: { 'file.name': 'evil.sh', 'file.verdict': 'malicious', 'event.outcome': 'failure' },
  });
});

test('the engines of the product judge as well, and say how they are', async () => {
  const text = 'rule marked { strings: $a = "a mark of evil" condition: $a }';
  const yara = [{ name: 'test', text }];
  const protection = await protect({ mode: 'strict', confidenceMin: 0 }, { yara, hashes: [] });
  writeFileSync(lab.at('marked'), 'with a mark of evil inside');
  await lab.shell(`printf '%s' '${EICAR}' > $D/eicar; echo clean > $D/clean`);
  expect(await lab.shell('cat $D/eicar')).toMatchObject(REFUSED);
  expect(await lab.shell('cat $D/marked')).toMatchObject(REFUSED);
  expect(await lab.shell('cat $D/clean')).toMatchObject({ code: 0 });
  const { verdict } = await lab.heard(({ path }) => path === lab.at('marked'));
  expect(verdict.hits).toMatchObject([{ engine: 'yara', rule: 'marked' }]);
  expect(protection.engines()).toContainEqual(
    expect.objectContaining({ engine: 'yara', isOn: true }),
  );
});

test('new rules count for files that were passed over without a scanner before', async () => {
  const named = (mark: string) => ({
    yara: [{ name: 'test', text: `rule r { strings: $a = "${mark}" condition: $a }` }],
    hashes: [],
  });
  const policy = { ...DEFAULT_PROTECTION, mode: 'strict', confidenceMin: 0 } as const;
  writeFileSync(lab.at('file'), 'nothing but a late mark');
  const protection = await protect(policy, named('an early mark'));
  await systemClock.sleep(50);
  expect(await lab.shell('cat $D/file; cat $D/file')).toMatchObject({ code: 0 });
  await protection.update({ policy, content: named('a late mark') });
  expect(await lab.shell('cat $D/file')).toMatchObject(REFUSED);
  await protection.update({ policy, content: named('a third mark') });
  await systemClock.sleep(50);
  await lab.shell('printf "a third mark" >> $D/other; echo fine > $D/fine');
  expect(await lab.shell('cat $D/fine')).toMatchObject({ code: 0 });
  expect(await lab.shell('cat $D/other')).toMatchObject(REFUSED);
});

test('balanced judges what was written, copied or renamed over when it is closed', async () => {
  await protect();
  writeFileSync(`${lab.mountPoint}.source`, SCRIPT, { mode: 0o755 });
  await lab.shell('cp $D.source $D/copied');
  const copied = await lab.heard(({ path }) => path === lab.at('copied'));
  expect(copied).toMatchObject({ trigger: 'write', wasBlocked: false, isDecisive: true });
  expect(await lab.shell('$D/copied')).toMatchObject({ code: 126 });
  await lab.shell('echo good > $D/good; chmod +x $D/good; mv $D/copied $D/good; true');
  expect(await lab.shell('$D/good')).toMatchObject({ code: 126 });
  await lab.shell('ln $D/good $D/linked');
  expect(await lab.shell('$D/linked')).toMatchObject({ code: 126 });
  await lab.heard(({ reason, path }) => reason === 'denied' && path === lab.at('linked'));
});

test('a refused file that is written anew and clean may run again', async () => {
  await protect();
  await lab.shell(`printf '%s' '${SCRIPT}' > $D/again; chmod +x $D/again`);
  await lab.heard(({ path }) => path === lab.at('again'));
  expect(await lab.shell('$D/again')).toMatchObject({ code: 126 });
  await lab.shell("printf '#!/bin/sh\\necho fine' > $D/again");
  await systemClock.sleep(200);
  expect(await lab.shell('$D/again')).toMatchObject({ code: 0, output: 'fine\n' });
});

test('strict refuses to read, and a verdict on a clean file is not kept over a write', async () => {
  writeFileSync(lab.at('evil'), EICAR);
  writeFileSync(lab.at('turning'), 'clean so far');
  await protect({ mode: 'strict' });
  expect(await lab.shell('cat $D/evil')).toMatchObject(REFUSED);
  await systemClock.sleep(50);
  expect(await lab.shell('cat $D/turning; cat $D/turning')).toMatchObject({ code: 0 });
  expect(await lab.shell(`printf '%s' '${EICAR}' > $D/turning; cat $D/turning`)).toMatchObject(
    REFUSED,
  );
});

test('a write through a mapping is seen while it is mapped and after', async () => {
  writeFileSync(lab.at('mapped'), Buffer.alloc(4_096));
  await protect({ mode: 'strict' });
  await systemClock.sleep(50);
  const mapped = await lab.run(process.execPath, QUIET, HOSTILE, 'map', lab.at('mapped'));
  expect(mapped).toMatchObject({ code: 0, output: 'refused\n' });
  expect(await lab.shell('cat $D/mapped')).toMatchObject(REFUSED);
});

test('a strict path makes opens wait there and nowhere else', async () => {
  mkdirSync(lab.at('strict'));
  for (const name of ['strict/evil', 'evil']) writeFileSync(lab.at(name), EICAR);
  await protect({ strictPaths: [lab.at('strict')] });
  expect(await lab.shell('cat $D/strict/evil')).toMatchObject(REFUSED);
  expect(await lab.shell('cat $D/evil')).toMatchObject({ code: 0 });
});

test('another mount namespace and an overlay see the same protection', async () => {
  for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(lab.at(name));
  writeFileSync(lab.at('lower/evil.sh'), SCRIPT, { mode: 0o755 });
  await protect();
  const inner = 'mount --bind $D/lower /mnt && /mnt/evil.sh';
  expect(await lab.run('unshare', '-m', 'sh', '-c', inner)).toMatchObject({ code: 126 });
  const overlay =
    'mount -t overlay -o lowerdir=$D/lower,upperdir=$D/upper,workdir=$D/work none $D/merged' +
    ' && $D/merged/evil.sh';
  expect(await lab.run('unshare', '-m', 'sh', '-c', overlay)).toMatchObject({ code: 126 });
});

test('detect and report-only hold nobody and still tell', async () => {
  writeFileSync(lab.at('evil.sh'), SCRIPT, { mode: 0o755 });
  await protect({ mode: 'strict', malwareAction: 'report' });
  expect(await lab.shell('$D/evil.sh')).toMatchObject({ code: 0, output: 'it-ran\n' });
  const file = await lab.heard(({ trigger }) => trigger === 'exec');
  expect(file).toMatchObject({ wasBlocked: false, isDecisive: true });
  expect(await lab.shell('$D/evil.sh')).toMatchObject({ code: 0 });
});

test('programs in folders that anybody can write are refused when the policy says so', async () => {
  await lab.shell('mkdir -p $D/open/inner $D/closed; chmod 1777 $D/open; chmod 755 $D');
  await lab.shell('cp /bin/true $D/open/inner/true; cp /bin/true $D/closed/true');
  await protect({ denyExecFromWorldWritable: true });
  /* The folder that tests keep their things in is open to all itself. */
  const line =
    'exec 2>&1; mount --bind $D /mnt; /mnt/open/inner/true; echo $?; /mnt/closed/true; echo $?';
  const { output } = await lab.run('unshare', '-m', 'sh', '-c', line);
  expect(output).toMatch(/not permitted[^]*126\n0\n$/);
  expect(await lab.heard(({ reason }) => reason === 'world-writable')).toMatchObject({
    wasBlocked: true,
  });
});

test('exclusions leave paths, processes and contents alone until they expire', async () => {
  mkdirSync(lab.at('left'));
  for (const name of ['left/evil', 'evil']) writeFileSync(lab.at(name), EICAR);
  const exclusion = { id: '0190a0e2-0000-7000-8000-000000000000', reason: 'a test' };
  const rules = (expiresAt: number | null): ProtectionPolicy => ({
    ...DEFAULT_PROTECTION,
    mode: 'strict',
    exclusions: [
      { ...exclusion, kind: 'path', value: `${lab.mountPoint}/left/**`, expiresAt },
      { ...exclusion, kind: 'process', value: '/usr/bin/head', expiresAt: null },
    ],
  });
  const protection = await protect(rules(null));
  expect(await lab.shell('cat $D/left/evil')).toMatchObject({ code: 0 });
  expect(await lab.shell('head -c 9 $D/evil')).toMatchObject({ code: 0 });
  expect(await lab.shell('cat $D/evil')).toMatchObject(REFUSED);
  await protection.update({ policy: rules(systemClock.now()), content: {} });
  expect(await lab.shell('cat $D/left/evil')).toMatchObject(REFUSED);
});

test('new content takes effect without a gap, also on files found clean before', async () => {
  writeFileSync(lab.at('file'), 'something NEW and bad');
  writeFileSync(lab.at('evil'), EICAR);
  const protection = await protect({ mode: 'strict' });
  await systemClock.sleep(50);
  expect(await lab.shell('cat $D/file; cat $D/file')).toMatchObject({ code: 0 });
  const policy = { ...DEFAULT_PROTECTION, mode: 'strict' } as const;
  const update = protection.update({ policy, content: { also: 'NEW' } satisfies EicarContent });
  const during = await lab.shell('for i in 1 2 3 4 5 6 7 8; do cat $D/evil; done 2>&1 | wc -l');
  expect(during.output.trim()).toBe('8');
  await update;
  expect(await lab.shell('cat $D/file')).toMatchObject(REFUSED);
});

test('a policy that is switched off lets everything through, and on again refuses', async () => {
  writeFileSync(lab.at('evil'), EICAR);
  const protection = await protect({ mode: 'strict' });
  const content = {};
  await protection.update({ policy: { ...DEFAULT_PROTECTION, mode: 'off' }, content });
  expect(await lab.shell('cat $D/evil')).toMatchObject({ code: 0 });
  expect(protection.health()[0]).toMatchObject({ state: 'off' });
  await protection.update({ policy: { ...DEFAULT_PROTECTION, mode: 'strict' }, content });
  expect(await lab.shell('cat $D/evil')).toMatchObject(REFUSED);
});

test('names with newlines, broken UTF-8 and great length are told and not obeyed', async () => {
  await protect({ mode: 'strict' });
  expect(await lab.run(process.execPath, QUIET, HOSTILE, 'names', lab.mountPoint)).toMatchObject({
    output: 'refused\n',
  });
  await lab.heard(({ path }) => path === `${lab.mountPoint}/line\\u{a}\\u{202e}break\\xff\\x80`);
  await lab.heard(({ path }) => path === null);
});
