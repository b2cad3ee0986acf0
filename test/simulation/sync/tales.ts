/**
 * Told stories, one for each rule that random worlds need too seldom: what has to come together for it
 * is brought together, with the numbers left to chance.
 */
import type { Json } from '@wardgrid/base';
import { CLOUD, GAP_MS_MAX, type Op } from '@wardgrid/sync';
import { Stage } from './stage.ts';
import type { Story } from './story.ts';

const DAYS_MS = 1.5 * GAP_MS_MAX;

/** Makes several tasks. */
function makeTasks(stage: Stage, at: string, count: number): Op[] {
  return Array.from({ length: count }, (_, index) => stage.create(at, 'task', { state: index }));
}

const tales: Readonly<Record<string, (seed: number) => Stage>> = {
  'a database of yesterday goes on writing'(seed) {
    const stage = new Stage(seed, { p: CLOUD, a: 'p' });
    makeTasks(stage, 'a', 1 + stage.chance.below(3));
    stage.syncAll(8);
    const yesterday = stage.backup('a');
    makeTasks(stage, 'a', 1 + stage.chance.below(3));
    stage.syncAll(8);
    stage.restore('a', yesterday);
    makeTasks(stage, 'a', 1 + stage.chance.below(5));
    stage.settle();
    return stage;
  },

  'a relay holds only later ops of a database that went back'(seed) {
    const stage = new Stage(seed, { p: CLOUD, a: 'p' }, 4);
    makeTasks(stage, 'a', 1 + stage.chance.below(3));
    stage.syncAll(8);
    const yesterday = stage.backup('a');
    const [lost] = makeTasks(stage, 'a', 2);
    stage.sync('a', 'p', { losesOp: ({ q }) => q === lost?.q });
    stage.restore('a', yesterday);
    makeTasks(stage, 'a', 2 + stage.chance.below(3));
    stage.settle();
    return stage;
  },

  'a disk that was copied long ago wakes up'(seed) {
    const stage = new Stage(seed, { a: CLOUD });
    const { type, id } = stage.create('a', 'device', { alias: 'one', hits: 0, hardware: 'hw' });
    stage.syncAll(6);
    // What both disks hold and nobody brought to the cloud yet.
    const count = 1 + stage.chance.below(3);
    for (let turn = 0; turn < count; turn += 1)
      stage.write('a', { kind: 'patch', type, id, fields: { hits: 1 } });
    stage.copy('a');
    for (let turn = 0; turn < 12; turn += 1) stage.sync('a');
    makeTasks(stage, 'a', 1 + stage.chance.below(3));
    for (let turn = 0; turn < 12; turn += 1) stage.sync('a');
    stage.forgetWishes();
    stage.settle();
    return stage;
  },

  'a relay brings long afterwards what its author wrote anew'(seed) {
    const stage = new Stage(seed, { p: CLOUD, a: 'p' }, 8);
    const { type, id } = stage.create('a', 'device', { alias: 'one', hits: 0, hardware: 'hw' });
    stage.syncAll(8);
    const count = 1 + stage.chance.below(3);
    for (let turn = 0; turn < count; turn += 1)
      stage.write('a', { kind: 'patch', type, id, fields: { hits: 1 } });
    const backup = stage.backup('a');
    makeTasks(stage, 'a', 1);
    for (let turn = 0; turn < 3; turn += 1) stage.sync('a');
    stage.restore('a', backup);
    for (let turn = 0; turn < 2; turn += 1) stage.sync('a');
    for (let turn = 0; turn < 12; turn += 1) stage.sync('a', CLOUD);
    stage.forgetWishes();
    stage.settle();
    return stage;
  },

  'two disks name things out of one block'(seed) {
    const stage = new Stage(seed, { a: CLOUD });
    stage.create('a', 'device', { alias: 'first', hits: 0 });
    stage.syncAll(8);
    stage.copy('a');
    const count = 1 + stage.chance.below(2);
    for (let index = 0; index < count; index += 1)
      for (const disk of ['a', "a'"]) stage.create(disk, 'device', { alias: disk, hits: index });
    stage.settle();
    return stage;
  },

  'a controller names things by numbers that are not its own'(seed) {
    const stage = new Stage(seed, { a: CLOUD, b: CLOUD });
    for (const site of ['a', 'b']) stage.create(site, 'device', { alias: site, hits: 0 });
    stage.syncAll(8);
    for (const site of ['b', 'a']) stage.create(site, 'device', { alias: site, hits: 1 });
    stage.syncAll(8);
    // Of the other, of itself a second time, of nobody.
    for (const number of [...stage.numbersOf('b'), ...stage.numbersOf('a'), 1, 9_999])
      stage.claim('a', number);
    stage.settle();
    return stage;
  },

  'a machine begins anew'(seed) {
    const stage = new Stage(seed, { a: CLOUD });
    makeTasks(stage, 'a', 2 + stage.chance.below(3));
    stage.syncAll(8);
    stage.wipe('a');
    makeTasks(stage, 'a', 1 + stage.chance.below(5));
    stage.settle();
    return stage;
  },

  'of two disks a cloud of yesterday hears the other first'(seed) {
    const stage = new Stage(seed, { a: CLOUD });
    makeTasks(stage, 'a', 1 + stage.chance.below(3));
    stage.syncAll(12);
    stage.keepCloudBackup();
    // What both disks hold, and the backup does not.
    makeTasks(stage, 'a', stage.chance.below(3));
    stage.syncAll(12);
    stage.copy('a');
    makeTasks(stage, 'a', 1 + stage.chance.below(4));
    makeTasks(stage, "a'", 1 + stage.chance.below(4));
    for (let turn = 0; turn < 12; turn += 1) stage.sync("a'");
    stage.restoreCloud();
    for (let turn = 0; turn < 24; turn += 1) stage.sync('a');
    stage.settle();
    return stage;
  },

  'of two disks that wrote a stream one left it, and a cloud went back twice'(seed) {
    const stage = new Stage(seed, { a: CLOUD });
    makeTasks(stage, 'a', 1);
    stage.syncAll(6);
    stage.keepCloudBackup();
    makeTasks(stage, 'a', 1 + stage.chance.below(3));
    stage.syncAll(12);
    stage.copy('a');
    const count = 1 + stage.chance.below(2);
    makeTasks(stage, "a'", count);
    for (let turn = 0; turn < 6; turn += 1) stage.sync("a'");
    // The copy goes back a step, is told that it did, and goes on in a stream of its own.
    const backup = stage.backup("a'");
    makeTasks(stage, "a'", 1);
    for (let turn = 0; turn < 6; turn += 1) stage.sync("a'");
    stage.restore("a'", backup);
    for (let turn = 0; turn < 6; turn += 1) stage.sync("a'");
    // A history that the copy does not hear of, in which the other had more decided under the same numbers.
    makeTasks(stage, 'a', count + 1 + stage.chance.below(2));
    stage.restoreCloud();
    stage.keepCloudBackup();
    for (let turn = 0; turn < 24; turn += 1) stage.sync('a');
    stage.restoreCloud();
    for (let turn = 0; turn < 12; turn += 1) stage.sync("a'", CLOUD, { losesOp: () => true });
    for (let turn = 0; turn < 24; turn += 1) stage.sync('a');
    stage.settle();
    return stage;
  },

  'a cloud comes back from an older backup than anybody was to have'(seed) {
    const stage = new Stage(seed, { a: CLOUD });
    makeTasks(stage, 'a', stage.chance.below(3));
    stage.syncAll(12);
    stage.keepCloudBackup();
    makeTasks(stage, 'a', 1 + stage.chance.below(3));
    stage.syncAll(12);
    stage.pruneArchive('a');
    stage.restoreCloud();
    makeTasks(stage, 'a', 1 + stage.chance.below(3));
    stage.settle();
    return stage;
  },

  'what came before a gap is gone with its author'(seed) {
    const stage = new Stage(seed, { p2: CLOUD, p1: 'p2', a: 'p1' });
    stage.keepCloudBackup();
    makeTasks(stage, 'a', 1 + stage.chance.below(3));
    stage.syncAll(12);
    makeTasks(stage, 'a', 1);
    for (let turn = 0; turn < 3; turn += 1) stage.sync('a');
    stage.wipe('a');
    makeTasks(stage, 'a', 1);
    stage.restoreCloud();
    stage.settle();
    return stage;
  },

  'an author is away before its gap is filled'(seed) {
    const stage = new Stage(seed, { p: CLOUD, a: 'p' }, 6);
    const last = makeTasks(stage, 'a', 2 + stage.chance.below(4)).at(-1);
    stage.sync('a', 'p', { losesOp: ({ q }) => q !== last?.q, losesAnswer: true });
    for (let turn = 0; turn < 4; turn += 1) {
      stage.sync('p');
      stage.pass(DAYS_MS);
    }
    stage.settle();
    return stage;
  },

  'two streams wait and others do not'(seed) {
    const stage = new Stage(seed, { p: CLOUD, a: 'p', b: 'p', c: 'p', d: 'p' }, 2);
    for (const author of ['a', 'b']) {
      const first = makeTasks(stage, author, 2)[0];
      stage.sync(author, 'p', { losesOp: ({ opId }) => opId === first?.opId });
    }
    const others = [...makeTasks(stage, 'c', 2), ...makeTasks(stage, 'd', 2)];
    for (let turn = 0; turn < 4; turn += 1) for (const author of ['c', 'd']) stage.sync(author);
    for (let turn = 0; turn < 20; turn += 1) stage.sync('p');
    stage.requireDecided(others, 'behind streams with a gap');
    stage.settle();
    return stage;
  },

  'a device is known twice and already named'(seed) {
    const stage = new Stage(seed, { b: CLOUD, c: 'b' });
    stage.create('b', 'device', { alias: 'first', hits: 0, hardware: 'hw' });
    stage.syncAll(6);
    const twin = stage.create('c', 'device', { alias: 'second', hits: 0, hardware: 'hw' });
    stage.sync('c', 'b');
    const count = 1 + stage.chance.below(3);
    for (let index = 0; index < count; index += 1)
      stage.create('b', 'task', { state: index, deviceId: twin.id });
    // The parent's own ops overtake the one that it relays.
    for (let turn = 0; turn < 8; turn += 1)
      stage.sync('b', CLOUD, { losesOp: ({ opId }) => opId === twin.opId });
    stage.settle();
    return stage;
  },

  'an exception is taken back while somebody gives it anew'(seed) {
    const stage = new Stage(seed, { p: CLOUD, a: 'p' });
    const { type, id } = stage.create('a', 'policy', { exceptions: ['x', 'y'] });
    stage.syncAll(8);
    const change = (at: string, exceptions: Json) =>
      stage.write(at, { kind: 'patch', type, id, fields: { exceptions } });
    const isFirst = stage.chance.happens(0.5);
    if (isFirst) change('a', { add: ['x'] });
    change('p', { remove: ['x'] });
    if (!isFirst) change('a', { add: ['x'] });
    // Now the one is heard first, now the other.
    for (let turn = stage.chance.below(3); turn > 0; turn -= 1) stage.sync('a');
    stage.settle();
    return stage;
  },

  'two sites mean two devices by one temporary id'(seed) {
    const stage = new Stage(seed, { a: CLOUD, b: CLOUD, c: 'b' });
    const pairs = ['a', 'b', 'c'].map((site) => {
      const device = { type: 'device', fields: { alias: site, hits: 0 } };
      const task = { type: 'task', fields: { deviceId: 'tmp:1' } };
      // Now what is named is made first, now what names it.
      const isEarly = stage.chance.happens(0.5);
      const early = isEarly ? stage.createAs(site, 'tmp:2', task) : undefined;
      const named = stage.createAs(site, 'tmp:1', device);
      return { named, namer: early ?? stage.createAs(site, 'tmp:2', task) };
    });
    stage.settle();
    for (const { namer, named } of pairs) stage.requireNames(namer, 'deviceId', named);
    return stage;
  },

  'a cloud of yesterday does not know what a device became'(seed) {
    const stage = new Stage(seed, { b: CLOUD, c: 'b' });
    stage.syncAll(2);
    stage.keepCloudBackup();
    stage.create('b', 'device', { alias: 'first', hits: 0, hardware: 'hw' });
    stage.syncAll(6);
    const twin = stage.create('c', 'device', { alias: 'second', hits: 0, hardware: 'hw' });
    stage.syncAll(6);
    stage.wipe('b');
    stage.restoreCloud();
    stage.syncAll(12);
    stage.write('c', { kind: 'patch', type: 'device', id: twin.id, fields: { alias: 'third' } });
    stage.settle();
    return stage;
  },
};

export const taleNames: readonly string[] = Object.keys(tales);

/** Tells a story to its end. @throws Violation */
export function tell(name: string, seed: number): Story {
  const tale = tales[name];
  if (!tale) throw new Error(`no tale '${name}'`);
  return tale(seed).story;
}
