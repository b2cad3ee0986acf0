import { useState } from 'react';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { Icon } from '../../ui/Icon.tsx';
import { ListPage } from '../../ui/list/ListPage.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { controllerList } from './controller-list.tsx';
import { KeyDialog } from './AdmitDialog.tsx';
import { JoinDialog } from './JoinDialog.tsx';
import { Newcomers } from './Newcomers.tsx';

/** The controllers of the grid, one a row, and the way for new ones to come in. */
export function ControllerListPage() {
  const [asked, setAsked] = useState<'add' | 'key' | null>(null);
  const close = (): void => setAsked(null);
  const mayManage = useMay('controllers:manage');
  return (
    <>
      <ListPage
        definition={controllerList}
        actions={
          <>
            <RouterLink to="/hierarchy" className="button">
              <Icon name="hierarchy" />
              {t('controllers.asMap')}
            </RouterLink>
            <RouterLink to="/join-tokens" className="button">
              {t('nav.joinTokens')}
            </RouterLink>
            {mayManage && (
              <>
                <button type="button" className="button" onClick={() => setAsked('key')}>
                  {t('newcomers.byKey')}
                </button>
                <button
                  type="button"
                  className="button button-solid"
                  onClick={() => setAsked('add')}
                >
                  {t('controllers.add')}
                </button>
              </>
            )}
          </>
        }
      >
        <Newcomers />
      </ListPage>
      {asked === 'add' && <JoinDialog onClose={close} />}
      {asked === 'key' && <KeyDialog onClose={close} />}
    </>
  );
}
