import { expect, test } from 'vitest';
import {
  AccountKind,
  DiscoveryArguments,
  EventClass,
  InventorySection,
  JobKind,
  MalwareScanArguments,
  PolicyFieldName,
  PERSON_PLACE_MARK as MARK,
  ProtectionMode,
  ProtectionPolicy,
  Reach,
  RoleName,
  RuleSetFormat,
  RuleSetting,
  Severity,
} from '@wardgrid/wire';
import {
  ACCOUNT_KINDS,
  EVENT_CLASSES,
  INVENTORY_SECTIONS,
  JOB_KINDS,
  MALWARE_ACTIONS,
  MALWARE_SCOPES,
  PERSON_PLACE_MARK,
  POLICY_FIELDS,
  PROTECTION_MODES,
  REACHES,
  ROLES,
  RULE_SET_FORMATS,
  RULE_SETTINGS,
  SCAN_ENGINES,
  SEVERITIES,
} from './contract-words.ts';

test('the words of help and completion are those of the contract', () => {
  expect(INVENTORY_SECTIONS).toEqual(InventorySection.options);
  expect(JOB_KINDS).toEqual(JobKind.options);
  expect(ROLES).toEqual(RoleName.options);
  expect(ACCOUNT_KINDS).toEqual(AccountKind.options);
  expect(REACHES).toEqual(Reach.options);
  expect(EVENT_CLASSES).toEqual(EventClass.options);
  expect(PROTECTION_MODES).toEqual(ProtectionMode.options);
  expect(MALWARE_ACTIONS).toEqual(ProtectionPolicy.shape.malwareAction.options);
  expect(SEVERITIES).toEqual(Severity.options);
  expect(POLICY_FIELDS).toEqual(PolicyFieldName.options);
  expect(RULE_SET_FORMATS).toEqual(RuleSetFormat.options);
  expect(RULE_SETTINGS).toEqual(RuleSetting.options);
  expect(PERSON_PLACE_MARK).toBe(MARK);
  expect(MALWARE_SCOPES).toEqual(MalwareScanArguments.shape.scope.options);
  expect(
    SCAN_ENGINES.every((engine) => DiscoveryArguments.shape.engine.safeParse(engine).success),
  ).toBe(true);
});
