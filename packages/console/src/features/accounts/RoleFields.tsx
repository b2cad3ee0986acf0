import { RoleName, type Account } from '@wardgrid/wire';
import { t, wordOr } from '../../messages/index.ts';
import { SelectField } from '../../ui/Field.tsx';
import { effectivePermissions } from './effective-permissions.ts';
import type { ScopeChoice } from '../../scopes.ts';

export interface RoleDraft {
  readonly kind: Account['kind'];
  readonly role: RoleName;
  readonly scope: string;
}

const roles: readonly RoleName[] = RoleName.options;

/** The role and scope of an account, with what they will allow. */
export function RoleFields(properties: {
  readonly draft: RoleDraft;
  readonly onChange: (draft: RoleDraft) => void;
  readonly scopes: readonly ScopeChoice[];
}) {
  const { draft, onChange, scopes } = properties;
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-2">
        <SelectField
          label={t('field.scope')}
          hint={t('accounts.scopeHint')}
          value={draft.scope}
          onChange={(scope) => onChange({ ...draft, scope })}
          choices={scopes}
        />
        <SelectField
          label={t('field.role')}
          hint={t(`roleHint.${draft.role}`)}
          value={draft.role}
          onChange={(value) => onChange({ ...draft, role: roleOf(value) })}
          choices={roles.map((role) => ({ value: role, text: t(`role.${role}`) }))}
        />
      </div>
      <Preview draft={draft} />
    </>
  );
}

function roleOf(value: string): RoleName {
  return roles.find((role) => role === value) ?? 'auditor';
}

function Preview(properties: { readonly draft: RoleDraft }) {
  const verbs = effectivePermissions(properties.draft);
  return (
    <section aria-label={t('accounts.preview')} className="rounded-lg border border-line">
      <h3 className="border-b border-line px-3 py-2 font-medium">{t('accounts.preview')}</h3>
      <dl
        tabIndex={0}
        className="grid max-h-44 grid-cols-[auto_1fr] gap-x-4 gap-y-1 overflow-y-auto px-3 py-2"
      >
        {[...verbs].map(([noun, allowed]) => (
          <div key={noun} className="contents">
            <dt className="text-muted">{wordOr(`noun.${noun}`, noun)}</dt>
            <dd>{allowed.map((verb) => wordOr(`verb.${verb}`, verb)).join(', ')}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
