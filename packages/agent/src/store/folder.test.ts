import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_PROTECTION } from '@wardgrid/wire';
import { systemNewId } from '@wardgrid/base/system';
import type { NewRecord, ReplyIntake } from './store.ts';
import { openDataFolder, readDataFolder, type DataFolder } from './index.ts';

let path: string;

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'wardgrid-folder-'));
});

afterEach(() => {
  rmSync(path, { recursive: true, force: true });
});

const SEED = new Uint8Array(32).fill(3);

function hosts(jobId: string, count: number): NewRecord {
  const host = (index: number) => ({
    ip: `10.0.${index >> 8}.${index & 255}`,
    mac: '02:00:00:00:00:01',
    names: [{ name: 'a-name-of-some-length.example.org', source: 'dns' as const }],
    isSelf: false,
    rttMs: 1.25,
    evidence: ['arp' as const],
  });
  const list = Array.from({ length: count }, (_, index) => host(index));
  return { at: 1, body: { kind: 'job-hosts', jobId, hosts: list } };
}

function reply(acknowledgedSequence: number, receipt: string): ReplyIntake {
  return {
    at: 5,
    receipt,
    acknowledgedSequence,
    nextExchangeMs: 60_000,
    settings: null,
    entries: [],
    records: [],
    acknowledgedOrder: 0,
  };
}

test('what is kept is there after a restart, and readable by its owner alone', () => {
  const first = openDataFolder(path);
  first.store.saveIdentity({ seed: SEED, splitTicket: null, enrolment: null });
  first.store.append([hosts(systemNewId(), 1)]);
  first.store.takeBatch({ recordsMax: 1, sizeBytesMax: 1 });
  const protection = { policy: DEFAULT_PROTECTION, switches: [], exceptions: [], content: null };
  const settings = {
    controllers: [],
    version: 7,
    exchangeIntervalMs: 1,
    inventoryIntervalMs: 1,
    protection,
  };
  first.store.applyReply({ ...reply(0, 'r'.repeat(22)), settings });
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, 'agent.sqlite')).mode & 0o777).toBe(0o600);
  first.close();
  const second = openDataFolder(path);
  expect(second.store.identity()?.seed).toEqual(SEED);
  expect(second.store.link()).toMatchObject({ receipt: 'r'.repeat(22), assignedSequence: 1 });
  expect(second.store.link().settings).toEqual(settings);
  expect(second.store.outbox().records).toBe(1);
  second.close();
});

test('one agent holds a folder; its status can be read beside it', () => {
  const first = openDataFolder(path);
  first.store.append([hosts(systemNewId(), 1)]);
  expect(() => openDataFolder(path)).toThrow(expect.objectContaining({ code: 'already-running' }));
  const reader = readDataFolder(path);
  expect(reader?.outbox().records).toBe(1);
  reader?.close();
  first.close();
  openDataFolder(path).close();
});

test('a broken database is moved aside and a new one begun', () => {
  const first = openDataFolder(path);
  first.store.saveIdentity({ seed: SEED, splitTicket: null, enrolment: null });
  first.close();
  writeFileSync(join(path, 'agent.sqlite'), 'no database '.repeat(1_000));
  const second = openDataFolder(path);
  expect(second.movedAsidePath).toBe(join(path, 'agent.sqlite.broken-1'));
  expect(existsSync(join(path, 'agent.sqlite.broken-1'))).toBe(true);
  expect(second.store.identity()).toBeUndefined();
  second.close();
  truncateSync(join(path, 'agent.sqlite'), 5_000);
  const third = openDataFolder(path);
  expect(third.movedAsidePath).toBe(join(path, 'agent.sqlite.broken-2'));
  third.close();
});

/** Needs root, as the agent itself does; elsewhere the mount fails and so does the test, aloud. */
test('a full disk stops nothing: records are counted, receipts hold, and all recovers', () => {
  const tiny = join(path, 'tiny');
  execFileSync('mkdir', [tiny]);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', tiny]);
  let folder: DataFolder | undefined;
  try {
    folder = openDataFolder(tiny);
    const { store } = folder;
    store.saveIdentity({ seed: SEED, splitTicket: null, enrolment: null });
    const jobId = systemNewId();
    while (store.append([hosts(jobId, 200)]));
    expect(store.isDegraded()).toBe(true);
    expect(store.link().droppedRecords).toBe(1);
    // The rest is filled by somebody else, so that nothing at all is left.
    try {
      writeFileSync(join(tiny, 'filler'), Buffer.alloc(1_024 * 1_024));
    } catch {
      // As much as fitted was written.
    }
    store.append([hosts(jobId, 200)]);
    expect(store.link().droppedRecords).toBe(2);
    const batch = store.takeBatch({ recordsMax: 3, sizeBytesMax: 1_000_000 });
    const last = batch.at(-1)?.sequence ?? 0;
    store.applyReply(reply(last, 'n'.repeat(22)));
    expect(store.link().receipt).toBe('n'.repeat(22));
    expect(
      store.takeBatch({ recordsMax: 3, sizeBytesMax: 1 }).every((r) => r.sequence > last),
    ).toBe(true);
    rmSync(join(tiny, 'filler'), { force: true });
    store.takeBatch({ recordsMax: 500, sizeBytesMax: 4_000_000 });
    expect(store.applyReply(reply(store.link().assignedSequence, 'm'.repeat(22)))).toBe(true);
    expect(store.outbox().records).toBe(0);
    expect(store.append([hosts(jobId, 10)])).toBe(true);
    expect(store.isDegraded()).toBe(false);
    folder.close();
    folder = openDataFolder(tiny);
    expect(folder.store.identity()?.seed).toEqual(SEED);
    expect(folder.store.link()).toMatchObject({ receipt: 'm'.repeat(22), droppedRecords: 2 });
  } finally {
    folder?.close();
    execFileSync('umount', [tiny]);
  }
});
