import { expect, test } from 'vitest';
import { DEFAULT_PROTECTION, PolicyFieldName, PolicyFields } from '@wardgrid/wire';
import { fieldControls, initialValue, megabytes, valueWords } from './policy-field.ts';

test('every field can be edited and begins with a value that the wire takes', () => {
  expect(Object.keys(fieldControls).toSorted()).toEqual(PolicyFieldName.options.toSorted());
  for (const name of PolicyFieldName.options) {
    const parsed = PolicyFields.safeParse({ [name]: initialValue(name) });
    expect(parsed.success, name).toBe(true);
  }
});

test('the bounds of the controls are those of the wire', () => {
  for (const [name, control] of Object.entries(fieldControls)) {
    if (control.kind !== 'number' && control.kind !== 'megabytes') continue;
    const real = (value: number): number =>
      control.kind === 'megabytes' ? megabytes.toBytes(value) : value;
    const isTaken = (value: number): boolean =>
      PolicyFields.safeParse({ [name]: real(value) }).success;
    expect([isTaken(control.min), isTaken(control.max)], name).toEqual([true, true]);
    expect([isTaken(control.min - 1), isTaken(control.max + 1)], name).toEqual([false, false]);
  }
});

test('values are said in words', () => {
  expect(valueWords('mode', 'balanced')).toBe('Balanced');
  expect(valueWords('killFrom', null)).toBe('Never');
  expect(valueWords('killFrom', 'critical')).toBe('Critical');
  expect(valueWords('canaries', true)).toBe('On');
  expect(valueWords('exclusions', [1, 2])).toBe('2 entries');
  expect(valueWords('quarantineBytesMax', DEFAULT_PROTECTION.quarantineBytesMax)).toMatch(/GB/);
});
