import type { Json } from '@wardgrid/base';
import { LENDING_TYPE, type Row, type Wish } from '@wardgrid/sync';
import type { Chance } from './chance.ts';
import { PHASES } from './registry.ts';

/** Whether people make and change a thing: what the engine says itself they do not. */
export function isOfPeople({ isDeleted, type }: Row): boolean {
  return !isDeleted && type !== 'controller' && type !== LENDING_TYPE;
}

/** What somebody makes. */
type NewThing = Pick<Wish, 'type' | 'id' | 'fields'>;

/** What the people of a world want. */
export class People {
  readonly #chance: Chance;
  #serial = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** Something new, or a change of what lives. */
  wish(live: readonly Row[]): Wish {
    const chance = this.#chance;
    const by = 'someone';
    if (live.length === 0 || chance.happens(0.4))
      return { ...this.#newThing(live), kind: 'create', by };
    const row = chance.pick(live);
    if (chance.happens(0.12)) return { kind: 'delete', type: row.type, id: row.id, fields: {}, by };
    return { kind: 'patch', type: row.type, id: row.id, fields: this.changeOf(row), by };
  }

  #newId(): string {
    this.#serial += 1;
    return `${this.#chance.name()}-${this.#serial}`;
  }

  taskFor(deviceId: string, home: string): Wish {
    const fields = { state: 0, deviceId };
    return { kind: 'create', type: 'task', id: this.#newId(), fields, home, by: 'someone' };
  }

  newPolicy(): NewThing {
    const chance = this.#chance;
    const fields = { name: chance.name(), level: chance.below(5) };
    return { type: 'policy', id: this.#newId(), fields };
  }

  #newThing(live: readonly Row[]): NewThing {
    const chance = this.#chance;
    const id = this.#newId();
    const type = chance.pick(['task', 'task', 'device', 'device', 'policy', 'gadget', 'record']);
    if (type === 'device') {
      const hardware = chance.happens(0.7) ? { hardware: `hw${chance.below(12)}` } : {};
      return { type, id, fields: { alias: chance.name(), hits: 0, ...hardware } };
    }
    if (type === 'policy') return this.newPolicy();
    if (type === 'gadget') return { type, id, fields: { shape: chance.name(), extra: [1, null] } };
    if (type === 'record') return { type, id, fields: { notes: [chance.name()] } };
    const devices = live.filter((row) => row.type === 'device');
    const named =
      devices.length > 0 && chance.happens(0.6) ? { deviceId: chance.pick(devices).id } : {};
    return { type, id, fields: { state: chance.below(9), ...named } };
  }

  /** A few of few, so that people want different things of the same. */
  #members(): Json {
    const chance = this.#chance;
    const some = ['a', 'b', 'c', 'd'].filter(() => chance.happens(0.4));
    return chance.pick([some, { add: some }, { remove: some }]);
  }

  changeOf({ type }: Row): Wish['fields'] {
    const chance = this.#chance;
    if (type === 'device') {
      return chance.pick([
        { hits: 1 },
        { isolated: chance.happens(0.5) },
        { alias: chance.name() },
        { alias: chance.name() },
        { seat: chance.below(9), alias: chance.name() },
        { tags: this.#members() },
        { version: chance.below(1_000) },
      ]);
    }
    if (type === 'policy') {
      return chance.pick([
        { name: chance.name() },
        { level: chance.below(9) },
        { lock: true },
        { body: { rules: [chance.name()], mode: chance.below(3) } },
        { exceptions: this.#members() },
      ]);
    }
    if (type === 'record') return { notes: [chance.name()] };
    if (type === 'task' && chance.happens(0.5)) {
      return chance.pick([
        { phase: chance.pick(PHASES.flat()) },
        { phase: chance.pick(PHASES.flat()), state: chance.below(1_000) },
        { notes: [chance.name()] },
      ]);
    }
    return type === 'gadget' ? { shape: chance.name() } : { state: chance.below(1_000) };
  }
}
