import {
  LENDING_RULES,
  LENDING_TYPE,
  type FieldRule,
  type Registry,
  type TypeRules,
} from '@wardgrid/sync';
import type { ColumnRule, SyncType } from './type.ts';

/** The merge rules of every type, as the engine takes them. */
export function registryOf(types: readonly SyncType[]): Registry {
  return {
    ...Object.fromEntries(types.map((type) => [type.name, rulesOf(type)])),
    // The engine's own, which has no table.
    [LENDING_TYPE]: LENDING_RULES,
  };
}

function rulesOf(type: SyncType): TypeRules {
  const fields = Object.entries(type.columns).map(([name, rule]) => [name, fieldRuleOf(rule)]);
  return {
    isInherited: type.isInherited,
    fields: Object.fromEntries(fields),
    ...(type.referencePrefix === undefined ? {} : { refPrefix: type.referencePrefix }),
    ...(type.tellsLoss === undefined ? {} : { tellsLoss: type.tellsLoss }),
    ...(type.naturalKey === undefined ? {} : { naturalKey: type.naturalKey }),
  };
}

function fieldRuleOf({
  merge = 'lww',
  isWhole: _whole,
  isLoose: _loose,
  ...rest
}: ColumnRule): FieldRule {
  return { merge, ...rest };
}
