import { t } from '../../messages/index.ts';
import { ListPage } from '../../ui/list/ListPage.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { ruleList } from './rule-list.tsx';

/** What devices watch for. */
export function RuleListPage() {
  return (
    <ListPage
      definition={ruleList}
      actions={
        <>
          <RouterLink to="/rule-exceptions" className="button">
            {t('nav.exceptions')}
          </RouterLink>
          <RouterLink to="/rule-sets" className="button">
            {t('nav.ruleSets')}
          </RouterLink>
        </>
      }
    />
  );
}
