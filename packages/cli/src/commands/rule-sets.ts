import type { CommandSpec, Invocation, OptionSpec } from '../command-spec.ts';
import { RULE_SET_FORMATS } from '../contract-words.ts';
import { listVerb } from '../listing.ts';
import { readImport } from '../rule-files.ts';
import { actVerb, createVerb, deleteVerb, showVerb, updateVerb } from '../verbs.ts';

const filesOption: OptionSpec = {
  flags: '--files <paths>',
  summary: 'files or folders (rules/linux,more.yml)',
  kind: 'list',
  isRequired: true,
};

const nameOption: OptionSpec = { flags: '--name <name>', summary: 'its name', field: 'name' };
const licenceOption: OptionSpec = {
  flags: '--licence <licence>',
  summary: 'under which licence it comes (DRL 1.1)',
  field: 'licence',
};

function withFiles(body: Readonly<Record<string, unknown>>, { options }: Invocation) {
  return Promise.resolve({ ...body, files: readImport(options.list('files') ?? []) });
}

export const ruleSets: CommandSpec = {
  name: 'rule-sets',
  summary: 'detection content that tenants bring along',
  commands: [
    listVerb('rule-sets', {
      route: 'rule-sets.list',
      columns: [
        { key: 'id' },
        { key: 'name' },
        { key: 'format' },
        { key: 'rules' },
        { key: 'isEnabled', title: 'on' },
        { key: 'licence' },
        { key: 'changedAt', title: 'changed' },
      ],
    }),
    showVerb('rule-sets', 'rule-sets.read'),
    createVerb({
      name: 'import',
      aliases: ['create'],
      noun: 'rule-sets',
      route: 'rule-sets.create',
      summary: 'import Sigma or YARA rules or lists of hashes',
      options: [
        { ...nameOption, isRequired: true },
        {
          flags: '--format <format>',
          summary: 'what they are written in',
          choices: RULE_SET_FORMATS,
          field: 'format',
          isRequired: true,
        },
        { ...licenceOption, isRequired: true },
        {
          flags: '--tenant <tenant>',
          summary: 'into which tenant; your own unless told',
          field: 'tenantId',
          noun: 'tenants',
        },
        filesOption,
      ],
      complete: withFiles,
    }),
    updateVerb({
      noun: 'rule-sets',
      route: 'rule-sets.update',
      summary: 'rename rule sets or correct their licence',
      options: [nameOption, licenceOption],
    }),
    actVerb({
      name: 'enable',
      noun: 'rule-sets',
      route: 'rule-sets.update',
      summary: 'turn rule sets on',
      past: 'enabled',
      body: { isEnabled: true },
    }),
    actVerb({
      name: 'disable',
      noun: 'rule-sets',
      route: 'rule-sets.update',
      summary: 'turn rule sets off',
      past: 'disabled',
      body: { isEnabled: false },
    }),
    deleteVerb('rule-sets', 'rule-sets.delete'),
  ],
};
