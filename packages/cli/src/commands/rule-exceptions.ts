import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { usageError } from '../errors.ts';
import { listVerb } from '../listing.ts';
import { targetOptions, withTarget } from '../scope-target.ts';
import { createVerb, deleteVerb, showVerb } from '../verbs.ts';

const selectionOptions: readonly OptionSpec[] = [
  { flags: '--rule <id>', summary: 'the rule; every rule unless told', field: 'ruleId' },
  {
    flags: '--where <conditions>',
    summary: 'what to leave out, all of it must fit (Image|endswith=/backup)',
    kind: 'list',
    field: 'where',
    isRequired: true,
  },
  ...targetOptions,
];

/** Conditions as they are typed, made into a selection. */
function complete(given: Readonly<Record<string, unknown>>) {
  const { where, ...body } = withTarget(given) as Readonly<Record<string, unknown>>;
  const selection = Object.fromEntries(
    (where as readonly string[]).map((condition) => {
      const at = condition.indexOf('=');
      if (at < 1) throw usageError(`--where: '${condition}' is not field=value`);
      return [condition.slice(0, at), condition.slice(at + 1)];
    }),
  );
  return Promise.resolve({ ruleId: null, ...body, selection });
}

export const ruleExceptions: CommandSpec = {
  name: 'rule-exceptions',
  summary: 'what is left out of rules',
  commands: [
    listVerb('rule-exceptions', {
      route: 'rule-exceptions.list',
      columns: [
        { key: 'id' },
        { key: 'ruleId', title: 'rule' },
        { key: 'targetName', title: 'target' },
        { key: 'reason' },
        { key: 'hidden' },
        { key: 'expiresAt', title: 'expires' },
      ],
    }),
    showVerb('rule-exceptions', 'rule-exceptions.read'),
    createVerb({
      name: 'try',
      noun: 'rule-exceptions',
      route: 'rule-exceptions.trial',
      summary: 'tell what an exception would have hidden in the last 30 days',
      options: selectionOptions,
      complete,
      say: (trial) =>
        `would have hidden ${String(trial['hidden'])} of ${String(trial['considered'])} findings`,
    }),
    createVerb({
      noun: 'rule-exceptions',
      route: 'rule-exceptions.create',
      summary: 'leave what fits out of a rule; its findings are hidden, never deleted',
      options: [
        ...selectionOptions,
        { flags: '--reason <text>', summary: 'why', field: 'reason', isRequired: true },
        {
          flags: '--expires-at <time>',
          summary: 'until when (2027-01-01T00:00:00.000Z); none: until it is deleted',
          field: 'expiresAt',
          isNullable: true,
          fallback: 'none',
        },
      ],
      complete,
    }),
    deleteVerb('rule-exceptions', 'rule-exceptions.delete'),
  ],
};
