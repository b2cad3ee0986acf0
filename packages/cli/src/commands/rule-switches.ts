import type { CommandSpec } from '../command-spec.ts';
import { RULE_SETTINGS } from '../contract-words.ts';
import { listVerb } from '../listing.ts';
import { targetOptions, withTarget } from '../scope-target.ts';
import { createVerb, deleteVerb } from '../verbs.ts';

export const ruleSwitches: CommandSpec = {
  name: 'rule-switches',
  summary: 'rules that run otherwise than they were written',
  commands: [
    listVerb('rule-switches', {
      route: 'rule-switches.list',
      columns: [
        { key: 'id' },
        { key: 'ruleId', title: 'rule' },
        { key: 'setting' },
        { key: 'targetName', title: 'target' },
        { key: 'reason' },
        { key: 'changedBy', title: 'by' },
      ],
    }),
    createVerb({
      name: 'set',
      noun: 'rule-switches',
      route: 'rule-switches.set',
      summary: 'switch a rule at a place and below; the nearest switch counts',
      options: [
        { flags: '--rule <id>', summary: 'the rule', field: 'ruleId', isRequired: true },
        {
          flags: '--setting <setting>',
          summary: 'on, report without acting, or off',
          choices: RULE_SETTINGS,
          field: 'setting',
          isRequired: true,
        },
        ...targetOptions,
        { flags: '--reason <text>', summary: 'why', field: 'reason', isRequired: true },
      ],
      complete: (given) => Promise.resolve(withTarget(given)),
    }),
    deleteVerb('rule-switches', 'rule-switches.delete'),
  ],
};
