import { assert } from '@wardgrid/base';

/** The options of a command as they were given, by attribute name (`caFile` of `--ca-file`). */
export interface Options {
  readonly text: (name: string) => string | undefined;
  readonly number: (name: string) => number | undefined;
  readonly isOn: (name: string) => boolean;
  readonly list: (name: string) => readonly string[] | undefined;
  readonly value: (name: string) => unknown;
}

/** Reads the values that the command line was parsed to; their types are the option table's. */
export function createOptions(values: Readonly<Record<string, unknown>>): Options {
  const value = (name: string): unknown => (Object.hasOwn(values, name) ? values[name] : undefined);
  return {
    value,
    text(name) {
      const found = value(name);
      assert(found === undefined || typeof found === 'string', `${name} is text`);
      return found;
    },
    number(name) {
      const found = value(name);
      assert(found === undefined || typeof found === 'number', `${name} is a number`);
      return found;
    },
    isOn: (name) => value(name) === true,
    list(name) {
      const found = value(name);
      assert(found === undefined || Array.isArray(found), `${name} is a list`);
      return found?.map(String);
    },
  };
}

/** The attribute name of a long option: `caFile` of `--ca-file <path>`. */
export function attributeOf(flags: string): string {
  const long = /--([a-z][a-z0-9-]*)/.exec(flags)?.[1] ?? '';
  return long.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The long option in flags: `--ca-file`. */
export function longOf(flags: string): string {
  return /--[a-z][a-z0-9-]*/.exec(flags)?.[0] ?? flags;
}
