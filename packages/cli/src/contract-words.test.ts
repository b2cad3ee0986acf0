import { expect, test } from 'vitest';
import {
  AccountKind,
  DiscoveryArguments,
  InventorySection,
  JobKind,
  Reach,
  RoleName,
} from '@wardgrid/wire';
import {
  ACCOUNT_KINDS,
  INVENTORY_SECTIONS,
  JOB_KINDS,
  REACHES,
  ROLES,
  SCAN_ENGINES,
} from './contract-words.ts';

test('the words of help and completion are those of the contract', () => {
  expect(INVENTORY_SECTIONS).toEqual(InventorySection.options);
  expect(JOB_KINDS).toEqual(JobKind.options);
  expect(ROLES).toEqual(RoleName.options);
  expect(ACCOUNT_KINDS).toEqual(AccountKind.options);
  expect(REACHES).toEqual(Reach.options);
  expect(
    SCAN_ENGINES.every((engine) => DiscoveryArguments.shape.engine.safeParse(engine).success),
  ).toBe(true);
});
