import type { CommandSpec } from '../command-spec.ts';
import { listVerb } from '../listing.ts';
import { createVerb, deleteVerb } from '../verbs.ts';

export const savedViews: CommandSpec = {
  name: 'saved-views',
  summary: 'filters of lists that are kept',
  commands: [
    listVerb('saved views', {
      route: 'saved-views.list',
      isWhole: true,
      columns: [
        { key: 'id' },
        { key: 'noun' },
        { key: 'name' },
        { key: 'filter' },
        { key: 'sort' },
        { key: 'columns' },
      ],
    }),
    createVerb({
      noun: 'saved-views',
      route: 'saved-views.create',
      summary: 'save a view of a list',
      options: [
        { flags: '--noun <noun>', summary: 'of which list', field: 'noun', isRequired: true },
        { flags: '--name <name>', summary: 'its name', field: 'name', isRequired: true },
        { flags: '--filter <filter>', summary: 'what it shows', field: 'filter', fallback: '' },
        { flags: '--sort <field>', summary: 'in which order', field: 'sort' },
        { flags: '--columns <names>', summary: 'which members', kind: 'list', field: 'columns' },
      ],
    }),
    deleteVerb('saved-views', 'saved-views.delete'),
  ],
};
