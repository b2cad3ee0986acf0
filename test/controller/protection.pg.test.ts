import { systemNewId } from '@wardgrid/base/system';
import {
  apiTokenRoutes,
  createClient,
  DEFAULT_PROTECTION,
  deviceRoutes,
  eventRoutes,
  findingRoutes,
  groupRoutes,
  incidentRoutes,
  jobRoutes,
  Order,
  policyRoutes,
  quarantineRoutes,
  ruleSwitchRoutes,
  type NewJobTask,
  type OrganizationId,
  type PolicyFields,
  type ProcessNode,
} from '@wardgrid/wire';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { openTestServers } from '../database/database.ts';
import {
  eventOf,
  fileOf,
  findingOf,
  healthOf,
  openProtectedSite,
  settingsIn,
  type ProtectedSite,
} from './protected-site.ts';

/** As many new findings as a device may tell in an hour. */
const FINDINGS_PER_HOUR = 200;

async function threats(site: ProtectedSite) {
  const query = { filter: 'category:threat', sort: 'firstSeenAt', limit: 500 };
  return (await site.root.call(findingRoutes.list, { query })).data;
}

async function incidents(site: ProtectedSite) {
  const query = { filter: 'kind:threat', sort: 'openedAt' };
  return (await site.root.call(incidentRoutes.list, { query })).data;
}

describe.each(openTestServers())('protection on $name', (server) => {
  describe('policies', () => {
    const forOrganization = (id: OrganizationId, fields: PolicyFields) => ({
      name: 'ours',
      target: { kind: 'organization' as const, id },
      fields,
    });

    test('reach the devices they change, once, and no other', async () => {
      await using site = await openProtectedSite(server);
      const other = await site.addOrganization('Other');
      const [ours, theirs] = [await site.addDevice('ours'), await site.addDevice('theirs', other)];
      for (const { machine } of [ours, theirs]) {
        const settings = settingsIn(await machine.exchange());
        expect(settings).toMatchObject({ version: 1, protection: { policy: DEFAULT_PROTECTION } });
        expect((await machine.exchange()).settings).toBeNull();
      }
      const body = forOrganization(site.organizationId, { mode: 'strict' });
      const policy = await site.root.call(policyRoutes.create, { body });
      expect((await theirs.machine.exchange()).settings).toBeNull();
      expect(settingsIn(await ours.machine.exchange())).toMatchObject({
        version: 2,
        protection: { policy: { ...DEFAULT_PROTECTION, mode: 'strict' } },
      });
      expect((await ours.machine.exchange()).settings).toBeNull();
      // A change that changes nothing for a device does not reach it.
      await site.root.call(policyRoutes.update, {
        params: { id: policy.id },
        body: { name: 'renamed', fields: { mode: 'strict', canaries: true } },
      });
      expect((await ours.machine.exchange()).settings).toBeNull();
      await site.root.call(policyRoutes.delete, { params: { id: policy.id } });
      expect(settingsIn(await ours.machine.exchange())).toMatchObject({
        version: 3,
        protection: { policy: DEFAULT_PROTECTION },
      });
    });

    test('follow a device that moves', async () => {
      await using site = await openProtectedSite(server);
      const other = await site.addOrganization('Other');
      const device = await site.addDevice('moving');
      await site.root.call(policyRoutes.create, { body: forOrganization(other, { mode: 'off' }) });
      await device.machine.exchange();
      await site.root.call(deviceRoutes.update, {
        params: { id: device.id },
        body: { organizationId: other },
      });
      expect(settingsIn(await device.machine.exchange())).toMatchObject({
        protection: { policy: { mode: 'off' } },
      });
    });

    test('of a device outlive the group in which it was', async () => {
      await using site = await openProtectedSite(server);
      const device = await site.addDevice('moving');
      const { call } = site.root;
      const { organizationId } = site;
      const group = await call(groupRoutes.create, { body: { name: 'old', organizationId } });
      const move = (groupId: typeof group.id | null) =>
        call(deviceRoutes.update, { params: { id: device.id }, body: { groupId } });
      await move(group.id);
      const target = { kind: 'device' as const, id: device.id };
      const fields = { mode: 'strict' as const };
      const policy = await call(policyRoutes.create, { body: { name: 'own', target, fields } });
      const off = { target, ruleId: 'noisy', setting: 'off', reason: 'too loud' } as const;
      await call(ruleSwitchRoutes.set, { body: off });
      await move(null);
      await call(groupRoutes.delete, { params: { id: group.id } });
      const params = { id: policy.id };
      expect(await call(policyRoutes.read, { params })).toMatchObject({ target });
      expect((await call(ruleSwitchRoutes.list, {})).data).toMatchObject([{ target }]);
    });

    test('say where each field comes from, and lock what is not to be decided below', async () => {
      await using site = await openProtectedSite(server);
      const device = await site.addDevice('one');
      const body = forOrganization(site.organizationId, { mode: 'strict' });
      const { call } = site.root;
      const policy = await call(policyRoutes.create, { body: { ...body, locks: ['mode'] } });
      const own = {
        name: 'own',
        target: { kind: 'device' as const, id: device.id },
        fields: { mode: 'off', canaries: false } as const,
      };
      await expect(call(policyRoutes.create, { body: own })).rejects.toMatchObject({
        problem: { code: 'policy-field-locked', errors: [{ pointer: '/fields/mode' }] },
      });
      await call(policyRoutes.create, { body: { ...own, fields: { canaries: false } } });
      await expect(
        call(policyRoutes.create, { body: { ...own, fields: {} } }),
      ).rejects.toMatchObject({ code: 'policy-taken' });
      const effective = await call(policyRoutes.effective, { params: { id: device.id } });
      expect(effective.policy).toMatchObject({ mode: 'strict', canaries: false });
      expect(effective.origins).toMatchObject({
        mode: { origin: { kind: 'organization', policyId: policy.id }, isLocked: true },
        canaries: { origin: { kind: 'device', name: 'own' }, isLocked: false },
        confidenceMin: { origin: { kind: 'default', policyId: null }, isLocked: false },
      });
      expect(effective.policies.map(({ kind }) => kind)).toEqual(['organization', 'device']);
    });

    test('tell beforehand what they would change', async () => {
      await using site = await openProtectedSite(server);
      const other = await site.addOrganization('Other');
      const devices = [await site.addDevice('a'), await site.addDevice('b')];
      await site.addDevice('elsewhere', other);
      const { call } = site.root;
      const [first] = devices;
      await call(policyRoutes.create, {
        body: {
          name: 'own',
          target: { kind: 'device', id: first?.id ?? '' },
          fields: { mode: 'strict' },
        },
      });
      const target = { kind: 'organization' as const, id: site.organizationId };
      const preview = await call(policyRoutes.preview, {
        body: { target, fields: { mode: 'strict' } },
      });
      expect(preview).toMatchObject({ devices: 2, changed: 1, lockedFields: [] });
      expect(preview.samples).toEqual([
        {
          deviceId: devices[1]?.id,
          name: 'b',
          isInRing: true,
          now: [{ field: 'mode', before: 'balanced', after: 'strict' }],
          later: [],
        },
      ]);
      expect((await call(policyRoutes.list, {})).data).toHaveLength(1);
    });

    test('keep their versions', async () => {
      await using site = await openProtectedSite(server);
      const { call } = site.root;
      const body = forOrganization(site.organizationId, { mode: 'detect' });
      const { id } = await call(policyRoutes.create, { body });
      await call(policyRoutes.update, { params: { id }, body: { fields: { mode: 'strict' } } });
      const { data } = await call(policyRoutes.versions, { params: { id } });
      expect(data.map(({ version, fields }) => [version, fields.mode])).toEqual([
        [2, 'strict'],
        [1, 'detect'],
      ]);
      expect(data[0]?.changedBy).toBe('root@example.com');
    });
  });

  describe('findings', () => {
    test('told again are one, with the higher count, and are shown whole', async () => {
      await using site = await openProtectedSite(server);
      const device = await site.addDevice('one');
      const finding = findingOf({ title: 'evil\u202etxt.exe', subject: 'nul\u0000' });
      await device.tell({ kind: 'finding', finding });
      const actions = [
        { kind: 'kill', outcome: 'done', target: '42', detail: null, at: 1 } as const,
      ];
      await device.tell({ kind: 'finding', finding: { ...finding, count: 5, actions } });
      const found = await threats(site);
      expect(found).toMatchObject([
        {
          id: finding.id,
          category: 'threat',
          engine: 'sigma',
          title: String.raw`evil\u{202e}txt.exe`,
          subject: String.raw`nul\u{0}`,
          severity: 'high',
          confidence: 90,
          techniques: ['T1059.004'],
          count: 5,
          action: { kind: 'kill', outcome: 'done' },
          deviceId: device.id,
          deviceName: 'one',
          state: 'open',
        },
      ]);
      const params = { id: finding.id };
      const { detection } = await site.root.call(findingRoutes.detail, { params });
      expect(detection).toMatchObject({ count: 5, event: { class: 'process' }, actions });
    });

    test('of another device cannot be changed, and a flood is bounded', async () => {
      await using site = await openProtectedSite(server);
      const [one, two] = [await site.addDevice('one'), await site.addDevice('two')];
      const finding = findingOf();
      await one.tell({ kind: 'finding', finding });
      await two.tell({ kind: 'finding', finding: { ...finding, count: 99, title: 'taken' } });
      expect(await threats(site)).toMatchObject([{ count: 1, deviceName: 'one' }]);
      const flood = Array.from({ length: FINDINGS_PER_HOUR + 50 }, () => ({
        kind: 'finding' as const,
        finding: findingOf({ severity: 'low', confidence: 1 }),
      }));
      const reply = await two.tell(...flood);
      expect(reply.acknowledgedSequence).toBe(two.machine.state.sequence);
      const query = { filter: `deviceId:${two.id}`, limit: 1 };
      const { total } = await site.root.call(findingRoutes.list, { query });
      expect(total).toBe(FINDINGS_PER_HOUR);
    });

    test('that come back after they were resolved are open again, ignored ones stay so', async () => {
      await using site = await openProtectedSite(server);
      const device = await site.addDevice('one');
      const [back, ignored] = [findingOf(), findingOf()];
      for (const finding of [back, ignored]) await device.tell({ kind: 'finding', finding });
      const set = (id: string, state: 'resolved' | 'ignored') =>
        site.root.call(findingRoutes.update, { params: { id }, body: { state } });
      await set(back.id, 'resolved');
      await set(ignored.id, 'ignored');
      for (const finding of [back, ignored]) {
        await device.tell({ kind: 'finding', finding: { ...finding, count: 2 } });
      }
      const states = new Map((await threats(site)).map((one) => [one.id, one]));
      expect(states.get(back.id)).toMatchObject({ state: 'open', reopened: 1 });
      expect(states.get(ignored.id)).toMatchObject({ state: 'ignored', count: 2 });
    });
  });

  describe('incidents', () => {
    const node = (entityId: string, parentEntityId: string | null): ProcessNode => ({
      entityId,
      parentEntityId,
      pid: 4_242,
      startedAt: 1,
      endedAt: null,
      executable: '/bin/sh',
      commandLine: 'sh',
      user: 'root',
    });

    test('hold what shares a process tree, and grow graver with it', async () => {
      await using site = await openProtectedSite(server);
      const device = await site.addDevice('one');
      const parent = node('parent', 'grandparent');
      const first = findingOf({ severity: 'medium', processes: [node('a', 'parent'), parent] });
      const second = findingOf({ severity: 'critical', processes: [node('b', 'parent'), parent] });
      await device.tell({ kind: 'finding', finding: first });
      await device.tell({ kind: 'finding', finding: second });
      const [incident, ...others] = await incidents(site);
      expect(others).toEqual([]);
      expect(incident).toMatchObject({
        kind: 'threat',
        severity: 'critical',
        findingCount: 2,
        deviceCount: 1,
        techniques: ['T1059.004'],
      });
      expect(incident?.timeline.map(({ text }) => text)).toHaveLength(1);
      const query = { filter: `incidentId:${incident?.id ?? ''}` };
      expect((await site.root.call(findingRoutes.list, { query })).total).toBe(2);
    });

    test('hold devices that have the same file, but never another organization', async () => {
      await using site = await openProtectedSite(server);
      const other = await site.addOrganization('Other');
      const devices = [
        await site.addDevice('one'),
        await site.addDevice('two'),
        await site.addDevice('elsewhere', other),
      ];
      for (const device of devices) {
        const event = eventOf({
          class: 'file',
          fields: { 'file.path': '/tmp/x', 'file.hash.sha256': 'ab'.repeat(32) },
        });
        const finding = findingOf({ engine: 'yara', event, subject: device.id });
        await device.tell({ kind: 'finding', finding });
      }
      const found = await incidents(site);
      expect(found.map(({ deviceCount }) => deviceCount)).toEqual([2, 1]);
      expect(JSON.stringify(found[0])).not.toContain(devices[2]?.id);
      expect(JSON.stringify(found[1])).not.toContain(devices[0]?.id);
    });

    test('are closed with their findings, unless the person says otherwise', async () => {
      await using site = await openProtectedSite(server);
      const device = await site.addDevice('one');
      const tell = async (subject: string): Promise<string> => {
        await device.tell({ kind: 'finding', finding: findingOf({ subject, severity: 'high' }) });
        return (await incidents(site)).at(-1)?.id ?? '';
      };
      const close = (id: string, more: { resolveFindings?: boolean }) =>
        site.root.call(incidentRoutes.update, {
          params: { id },
          body: { state: 'closed', note: 'cleaned', ...more },
        });
      const statesOf = async (id: string) => {
        const query = { filter: `incidentId:${id}` };
        const { data } = await site.root.call(findingRoutes.list, { query });
        return data.map(({ state, resolvedAt }) => [state, resolvedAt !== null]);
      };
      const one = await tell('first');
      const closed = await close(one, {});
      expect(closed.timeline.at(-1)?.text).toMatch(/^Closed \(findings resolved: 1\): cleaned$/);
      expect(await statesOf(one)).toEqual([['resolved', true]]);
      const other = await tell('second');
      expect(other).not.toBe(one);
      await close(other, { resolveFindings: false });
      expect(await statesOf(other)).toEqual([['open', false]]);
    });

    test('come of weak signals only together', async () => {
      await using site = await openProtectedSite(server);
      const device = await site.addDevice('one');
      const weak = (rule: string) =>
        device.tell({
          kind: 'finding',
          finding: findingOf({ rule, severity: 'low', confidence: 100, subject: rule }),
        });
      await weak('first');
      await weak('first');
      await weak('second');
      expect(await incidents(site)).toEqual([]);
      await weak('third');
      expect(await incidents(site)).toMatchObject([{ severity: 'medium', findingCount: 3 }]);
    });

    test('that were closed are not taken up again: what goes on opens another', async () => {
      await using site = await openProtectedSite(server);
      const device = await site.addDevice('one');
      const finding = findingOf();
      await device.tell({ kind: 'finding', finding });
      const [first] = await incidents(site);
      const params = { id: first?.id ?? '' };
      await site.root.call(incidentRoutes.update, { params, body: { state: 'closed' } });
      await device.tell({ kind: 'finding', finding: { ...finding, count: 2 } });
      const states = (await incidents(site)).map(({ state }) => state);
      expect(states).toEqual(['closed', 'open']);
    });
  });

  describe('quarantine', () => {
    test('lists what devices sealed, orders what people ask and follows what devices say', async () => {
      await using site = await openProtectedSite(server);
      const device = await site.addDevice('one');
      const { call } = site.root;
      const file = fileOf({ path: '/tmp/a\nb' });
      await device.tell({ kind: 'sealed-file', file });
      const { data } = await call(quarantineRoutes.list, {});
      expect(data).toMatchObject([
        { id: file.id, state: 'sealed', path: String.raw`/tmp/a\u{a}b`, deviceName: 'one' },
      ]);
      const params = { id: file.id };
      const job = await call(quarantineRoutes.restore, {
        params,
        body: { reason: 'it is ours', exceptionDays: 7, isConfirmed: true },
      });
      const reply = await device.machine.exchange();
      const order = Order.parse(JSON.parse(reply.orders[0]?.payload ?? '') as unknown);
      expect(order).toMatchObject({
        id: job.id,
        task: { kind: 'restore', arguments: { entryId: file.id, exceptionDays: 7 } },
      });
      await device.tell({
        kind: 'sealed-file',
        file: { ...file, state: 'restored', changedAt: file.changedAt + 1 },
      });
      expect(await call(quarantineRoutes.read, { params })).toMatchObject({
        state: 'restored',
        jobId: job.id,
        orderedBy: 'root@example.com',
        orderReason: 'it is ours',
      });
      await expect(
        call(quarantineRoutes.purge, { params, body: { reason: 'late', isConfirmed: true } }),
      ).rejects.toMatchObject({ code: 'quarantine-not-sealed' });
    });

    test('takes no word of one device about the file of another', async () => {
      await using site = await openProtectedSite(server);
      const [one, two] = [await site.addDevice('one'), await site.addDevice('two')];
      const file = fileOf();
      await one.tell({ kind: 'sealed-file', file });
      await two.tell({ kind: 'sealed-file', file: { ...file, state: 'deleted' } });
      const params = { id: file.id };
      expect(await site.root.call(quarantineRoutes.read, { params })).toMatchObject({
        state: 'sealed',
        deviceName: 'one',
      });
    });

    test('jobs that change a device need the right to', async () => {
      await using site = await openProtectedSite(server);
      const device = await site.addDevice('one');
      const scan = await site.root.call(jobRoutes.create, {
        body: {
          deviceId: device.id,
          task: { kind: 'malware-scan', scope: 'path', paths: ['/srv'] },
        },
      });
      expect(scan.task).toEqual({
        kind: 'malware-scan',
        arguments: { scope: 'path', paths: ['/srv'], cpuPercentMax: 25 },
      });
      for (const given of [
        { scope: 'path' as const },
        { scope: 'quick' as const, paths: ['/srv'] },
      ]) {
        const task = { kind: 'malware-scan' as const, ...given };
        await expect(
          site.root.call(jobRoutes.create, { body: { deviceId: device.id, task } }),
        ).rejects.toMatchObject({ code: 'scan-paths-invalid' });
      }
      const { value } = await site.root.call(apiTokenRoutes.create, {
        body: { name: 'scans', permissions: ['devices:read', 'jobs:create', 'jobs:read'] },
      });
      const call = createClient({
        baseUrl: site.controller.url,
        transport: fetch,
        headers: () => ({ authorization: `Bearer ${value}` }),
      });
      const order = (task: z.input<typeof NewJobTask>) =>
        call(jobRoutes.create, { body: { deviceId: device.id, task } });
      await order({ kind: 'malware-scan' });
      await expect(order({ kind: 'kill', pid: 42, entityId: 'one' })).rejects.toMatchObject({
        code: 'forbidden',
      });
    });
  });

  describe('events', () => {
    test('are kept once, newest first, page by page, by class and process', async () => {
      await using site = await openProtectedSite(server);
      const device = await site.addDevice('one');
      const events = Array.from({ length: 5 }, (_, index) =>
        eventOf({ at: 1_000 + index, class: index === 0 ? 'file' : 'process', order: index }),
      );
      await device.tell({ kind: 'events', events }, { kind: 'events', events });
      const list = (query: object) =>
        site.root.call(eventRoutes.list, { params: { id: device.id }, query });
      const first = await list({ limit: 3 });
      expect(first.data.map(({ at }) => at)).toEqual([1_004, 1_003, 1_002]);
      const second = await list({ limit: 3, before: first.next ?? '' });
      expect(second.data.map(({ at }) => at)).toEqual([1_001, 1_000]);
      expect(second.next).toBeNull();
      expect((await list({ class: 'file' })).data).toEqual([events[0]]);
      const process = String(events[1]?.fields['process.entity_id']);
      expect((await list({ process })).data).toEqual([events[1]]);
      await expect(list({ before: `1.${systemNewId()}x` })).rejects.toMatchObject({
        code: 'cursor-invalid',
      });
    });
  });

  describe('health', () => {
    test('is shown with what should run, and its lack is a finding until it ends', async () => {
      await using site = await openProtectedSite(server);
      const device = await site.addDevice('one');
      const beat = async (protection: ReturnType<typeof healthOf>) => {
        const { heartbeat } = device.machine.request();
        await device.machine.exchange({ heartbeat: { ...heartbeat, protection } });
      };
      const params = { id: device.id };
      const read = () => site.root.call(deviceRoutes.protection, { params });
      expect(await read()).toMatchObject({ state: null, health: null, isCurrent: false });
      await beat(healthOf());
      await beat(healthOf());
      expect(await read()).toMatchObject({
        state: 'on',
        settingsVersion: 1,
        runningVersion: 1,
        isCurrent: true,
      });
      const [sensor] = healthOf().sensors;
      if (!sensor) throw new Error('a sensor');
      const off = { ...sensor, name: 'memory', state: 'off', reason: 'no root' } as const;
      await beat(healthOf({ sensors: [sensor, off] }));
      expect(await read()).toMatchObject({
        state: 'degraded',
        reasons: ['memory is off: no root'],
      });
      const query = { filter: 'rule:protection-degraded' };
      const lacks = async () => (await site.root.call(findingRoutes.list, { query })).data;
      expect(await lacks()).toMatchObject([{ state: 'open', severity: 'low', subject: 'one' }]);
      const devices = await site.root.call(deviceRoutes.list, {
        query: { filter: 'protection:degraded' },
      });
      expect(devices.data.map(({ id }) => id)).toEqual([device.id]);
      // A device cannot make it another by telling a finding of the same id.
      const id = (await lacks())[0]?.id ?? '';
      await device.tell({ kind: 'finding', finding: findingOf({ id, count: 5 }) });
      const { detection } = await site.root.call(findingRoutes.detail, { params: { id } });
      expect(detection).toBeNull();
      expect(await incidents(site)).toEqual([]);
      await beat(healthOf());
      expect(await lacks()).toMatchObject([{ state: 'resolved' }]);
    });
  });
});
