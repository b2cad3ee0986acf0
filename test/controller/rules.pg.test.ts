import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { loadPack } from '@wardgrid/detection';
import {
  findingRoutes,
  incidentRoutes,
  linkRoutes,
  createClient,
  ruleExceptionRoutes,
  ruleRoutes,
  ruleSetRoutes,
  ruleSwitchRoutes,
  type ContentManifest,
} from '@wardgrid/wire';
import { describe, expect, test } from 'vitest';
import { openTestServers } from '../database/database.ts';
import { makeTestDirectory } from '../database/directory.ts';
import {
  eventOf,
  findingOf,
  openProtectedSite,
  settingsIn,
  type ProtectedDevice,
  type ProtectedSite,
} from './protected-site.ts';

const RULE_ID = '4f2f0a52-6a33-4b4c-9d0a-3a5f6d1d2c11';
const SIGMA = `title: Reverse shell through netcat
id: ${RULE_ID}
status: stable
author: Somebody
tags: [attack.execution, attack.t1059.004]
level: high
logsource: { product: linux, category: process_creation }
detection:
  selection:
    Image|endswith: ['/nc', '/ncat']
  condition: selection
`;
const YARA = `rule eicar_like {
  meta:
    title = "Looks like EICAR"
    severity = "high"
  strings:
    $a = "EICAR-STANDARD"
  condition:
    $a
}
`;

const PATIENCE_MS = 20_000;

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const endMs = systemClock.monotonic() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (systemClock.monotonic() > endMs) throw new Error(`did not happen: ${look.toString()}`);
    await systemClock.sleep(50);
  }
}

/** Fetches a part as an agent does, and checks its digest. */
async function fetchPart(site: ProtectedSite, device: ProtectedDevice, digest: string) {
  const call = createClient({ baseUrl: site.controller.url, transport: fetch });
  const chunks: Buffer[] = [];
  for (let offset = 0, size = 1; offset < size;) {
    const chunk = await call(linkRoutes.content, {
      params: { digest },
      query: { offset },
      headers: { authorization: `Device ${device.machine.state.token}` },
    });
    chunks.push(Buffer.from(chunk.data, 'base64'));
    offset += chunks.at(-1)?.length ?? 0;
    size = chunk.sizeBytes;
  }
  const bytes = Buffer.concat(chunks);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(digest);
  return bytes.toString();
}

async function contentOf(device: ProtectedDevice): Promise<ContentManifest | undefined> {
  return settingsIn(await device.machine.exchange())?.protection?.content ?? undefined;
}

describe.each(openTestServers())('rules on $name', (server) => {
  test('of the product are published, listed, and fetched by devices', async () => {
    const directory = await makeTestDirectory();
    await mkdir(join(directory.path, 'yara'));
    await writeFile(join(directory.path, 'netcat.yml'), SIGMA);
    await writeFile(join(directory.path, 'netcat.test.yml'), 'no rule');
    await writeFile(join(directory.path, 'yara', 'eicar.yar'), YARA);
    await using site = await openProtectedSite(server, { rulesFolder: directory.path });
    const rules = await until(async () => {
      const { data } = await site.root.call(ruleRoutes.list, {});
      return data.length > 0 ? data : undefined;
    });
    expect(rules).toMatchObject([
      { ruleId: 'eicar_like', engine: 'yara', origin: 'product', severity: 'high' },
      { ruleId: RULE_ID, engine: 'sigma', techniques: ['T1059.004'], author: 'Somebody' },
    ]);
    const device = await site.addDevice('one');
    const content = await contentOf(device);
    expect(content?.parts.map(({ kind, origin }) => [kind, origin])).toEqual([
      ['rules', 'product'],
      ['yara', 'product'],
    ]);
    const [pack = '', yara = ''] = await Promise.all(
      (content?.parts ?? []).map(({ digest }) => fetchPart(site, device, digest)),
    );
    expect(loadPack(pack).rules.map(({ id }) => id)).toEqual([RULE_ID]);
    expect(yara).toContain('eicar_like');
    await directory.remove();
  });

  test('that a tenant imports reach its devices, a broken set is refused with every fault', async () => {
    await using site = await openProtectedSite(server);
    const device = await site.addDevice('one');
    const { call } = site.root;
    const tenantId = device.machine.state.enrolment?.tenantId ?? '';
    const files = [{ name: 'netcat.yml', text: SIGMA }];
    const body = { name: 'SigmaHQ', tenantId, format: 'sigma', licence: 'DRL 1.1', files } as const;
    const made = await call(ruleSetRoutes.create, { body: { ...body, files: [...files] } });
    expect(made).toMatchObject({ rules: 1, version: 1, isEnabled: true, licence: 'DRL 1.1' });
    const content = await contentOf(device);
    expect(content?.parts).toMatchObject([{ kind: 'rules', origin: 'tenant' }]);
    await fetchPart(site, device, content?.parts[0]?.digest ?? '');
    expect((await call(ruleRoutes.list, {})).data).toMatchObject([
      { ruleId: RULE_ID, origin: 'tenant', licence: 'DRL 1.1', author: 'Somebody' },
    ]);
    const broken = SIGMA.replace('condition: selection', 'condition: nothing').replace(
      'level: high',
      'level: terrible',
    );
    await expect(
      call(ruleSetRoutes.update, {
        params: { id: made.id },
        body: { files: [{ name: 'a\u202eb.yml', text: broken }] },
      }),
    ).rejects.toMatchObject({
      problem: {
        code: 'rules-invalid',
        errors: [
          expect.objectContaining({ file: String.raw`a\u{202e}b.yml`, line: expect.any(Number) }),
          expect.objectContaining({ help: expect.any(String), code: expect.any(String) }),
        ],
      },
    });
    // The last good set stays.
    expect(await call(ruleSetRoutes.read, { params: { id: made.id } })).toMatchObject({
      version: 1,
      digest: made.digest,
    });
    // What is switched off while another version of it is compiled stays off.
    const params = { id: made.id };
    await Promise.all([
      call(ruleSetRoutes.update, { params, body: { files } }),
      call(ruleSetRoutes.update, { params, body: { isEnabled: false } }),
    ]);
    expect(await call(ruleSetRoutes.read, { params })).toMatchObject({ isEnabled: false });
    expect(settingsIn(await device.machine.exchange())?.protection?.content).toBeNull();
    await expect(fetchPart(site, device, made.digest)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('in YARA and lists of hashes are checked by their own readers', async () => {
    await using site = await openProtectedSite(server);
    const device = await site.addDevice('one');
    const tenantId = device.machine.state.enrolment?.tenantId ?? '';
    const make = (format: 'yara' | 'hashes', text: string) =>
      site.root.call(ruleSetRoutes.create, {
        body: {
          name: `${format} ${text.length}`,
          tenantId,
          format,
          licence: 'ours',
          files: [{ name: 'file', text }],
        },
      });
    await expect(make('yara', 'rule a { condition: b }')).rejects.toMatchObject({
      problem: { errors: [{ code: 'yara-syntax', file: 'file', line: 1 }] },
    });
    await expect(
      make('yara', 'include "/etc/shadow"\nglobal rule a { condition: true }'),
    ).rejects.toMatchObject({
      problem: {
        errors: [
          { code: 'yara-include', line: 1 },
          { code: 'yara-global', line: 2 },
        ],
      },
    });
    expect(await make('yara', YARA)).toMatchObject({ rules: 1 });
    await expect(make('hashes', 'no digest')).rejects.toMatchObject({
      problem: { errors: [{ code: 'hash-line-unreadable', line: 1 }] },
    });
    expect(await make('hashes', `${'a'.repeat(32)}:68:Eicar\n${'b'.repeat(64)}`)).toMatchObject({
      rules: 2,
    });
    const content = await contentOf(device);
    expect(content?.parts.map(({ kind }) => kind)).toEqual(['yara', 'hashes']);
  });

  test('are switched at a place and below, the nearest counts', async () => {
    await using site = await openProtectedSite(server);
    const other = await site.addOrganization('Other');
    const [ours, theirs] = [await site.addDevice('ours'), await site.addDevice('theirs', other)];
    for (const { machine } of [ours, theirs]) await machine.exchange();
    const set = (kind: 'organization' | 'device', id: string, setting: 'off' | 'report' | 'on') =>
      site.root.call(ruleSwitchRoutes.set, {
        body: { target: { kind, id }, ruleId: 'noisy', setting, reason: 'too loud' },
      });
    await set('organization', site.organizationId, 'off');
    expect((await theirs.machine.exchange()).settings).toBeNull();
    const switchesOf = async () => settingsIn(await ours.machine.exchange())?.protection?.switches;
    expect(await switchesOf()).toEqual([{ ruleId: 'noisy', setting: 'off' }]);
    const own = await set('device', ours.id, 'on');
    expect(await switchesOf()).toEqual([]);
    await site.root.call(ruleSwitchRoutes.delete, { params: { id: own.id } });
    expect(await switchesOf()).toEqual([{ ruleId: 'noisy', setting: 'off' }]);
  });

  test('have exceptions that are tried first, hide and never delete', async () => {
    await using site = await openProtectedSite(server);
    const device = await site.addDevice('one');
    const { call } = site.root;
    const field = 'process.executable' as const;
    const backup = (rule = 'reads-everything') =>
      findingOf({
        rule,
        severity: 'low',
        event: eventOf({ fields: { [field]: '/usr/bin/backup' } }),
      });
    const other = findingOf({ rule: 'reads-everything', severity: 'low' });
    const first = backup();
    const blind = { ...other, id: systemNewId(), event: eventOf({ fields: {}, missing: [field] }) };
    const bare = { ...other, id: systemNewId(), event: null };
    for (const finding of [first, other, blind, bare, backup('another')]) {
      await device.tell({ kind: 'finding', finding });
    }
    const target = { kind: 'device' as const, id: device.id };
    const exception = {
      target,
      ruleId: 'reads-everything',
      selection: { 'Image|endswith': '/backup' },
    };
    const trial = await call(ruleExceptionRoutes.trial, { body: exception });
    expect(trial).toMatchObject({ considered: 4, hidden: 1, samples: [{ id: first.id }] });
    expect(trial.notEvaluable).toBe(1);
    const hidden = async () => {
      const query = { filter: 'hidden:true' };
      return (await call(findingRoutes.list, { query })).data.map(({ id }) => id);
    };
    expect(await hidden()).toEqual([]);
    const made = await call(ruleExceptionRoutes.create, {
      body: { ...exception, reason: 'the backup reads all', expiresAt: null },
    });
    expect(made).toMatchObject({ hidden: 1, isExpired: false });
    expect(await hidden()).toEqual([first.id]);
    const settings = settingsIn(await device.machine.exchange());
    expect(settings?.protection?.exceptions).toMatchObject([{ id: made.id }]);
    // One that was on its way is hidden as well, and opens no incident.
    const late = { ...backup(), severity: 'critical' as const };
    await device.tell({ kind: 'finding', finding: late });
    expect(await hidden()).toContain(late.id);
    expect((await call(incidentRoutes.list, { query: { filter: 'kind:threat' } })).total).toBe(0);
    await call(ruleExceptionRoutes.delete, { params: { id: made.id } });
    expect(await hidden()).toEqual([]);
    const flood = { 'Image|endswith': Array.from({ length: 64 }, () => 'x'.repeat(1_000)) };
    await expect(
      call(ruleExceptionRoutes.create, {
        body: { ...exception, selection: flood, reason: 'all of it', expiresAt: null },
      }),
    ).rejects.toMatchObject({ code: 'body-too-large' });
    for (const selection of [{}, { 'NoSuchField|endswith': 'x' }, { 'Image|nonsense': 'x' }]) {
      await expect(
        call(ruleExceptionRoutes.trial, { body: { target, ruleId: null, selection } }),
      ).rejects.toMatchObject({ code: 'rules-invalid' });
    }
  });
});
