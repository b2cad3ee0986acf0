import type { Controller } from '@wardgrid/wire';
import { useState } from 'react';
import { n, t } from '../../messages/index.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { PageHead } from '../../ui/Page.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { useNow } from '../../ui/use-now.ts';
import { problemsOf } from './controller-problems.ts';
import { forestOf, pruned } from './controller-tree.ts';
import { HierarchyMap } from './HierarchyMap.tsx';
import { CONTROLLERS_MAX, useControllers } from './use-controllers.ts';

/** The grid as a map: layer by layer, what is wrong standing out. */
export function HierarchyPage() {
  const controllers = useControllers();
  return <Loaded query={controllers}>{(data) => <Content controllers={data} />}</Loaded>;
}

type Shown = 'all' | 'present' | 'problems';

function Content(properties: { readonly controllers: readonly Controller[] }) {
  const { controllers } = properties;
  const [shown, setShown] = useState<Shown>('present');
  const nowMs = useNow();
  const withProblems = controllers.filter((one) => problemsOf(one, nowMs).length > 0);
  const isWanted = {
    all: () => true,
    present: ({ state }: Controller) => state !== 'revoked',
    problems: (controller: Controller) => problemsOf(controller, nowMs).length > 0,
  }[shown];
  const forest = pruned(forestOf(controllers), isWanted);
  return (
    <div className="flex h-full flex-col gap-4 px-4 py-5 md:px-6">
      <PageHead
        title={t('nav.hierarchy')}
        detail={
          <span role="status">
            {t('controllers.counted', { count: controllers.length })}
            {' · '}
            {t('controllers.withProblems', { count: withProblems.length })}
          </span>
        }
        actions={
          <>
            <Choice shown={shown} onShown={setShown} />
            <RouterLink to="/controllers" className="button">
              <Icon name="controllers" />
              {t('controllers.asList')}
            </RouterLink>
          </>
        }
      />
      {controllers.length >= CONTROLLERS_MAX && (
        <p className="text-warn">{t('controllers.tooMany', { count: n(CONTROLLERS_MAX) })}</p>
      )}
      {forest.length === 0 ? (
        <div className="card flex grow flex-col items-center justify-center gap-2 p-6 text-center">
          <h2 className="text-base">
            {shown === 'problems' ? t('controllers.allWell') : t('controllers.none')}
          </h2>
          <p className="max-w-md text-muted">
            {shown === 'problems' ? t('controllers.allWellHint') : t('controllers.noneHint')}
          </p>
        </div>
      ) : (
        <HierarchyMap forest={forest} />
      )}
    </div>
  );
}

function Choice(properties: { readonly shown: Shown; readonly onShown: (shown: Shown) => void }) {
  const { shown, onShown } = properties;
  const choices = [
    ['present', t('controllers.showPresent')],
    ['problems', t('controllers.showProblems')],
    ['all', t('controllers.showAll')],
  ] as const;
  return (
    <select
      className="input w-auto"
      aria-label={t('controllers.show')}
      value={shown}
      onChange={(event) =>
        onShown(choices.find(([key]) => key === event.target.value)?.[0] ?? 'all')
      }
    >
      {choices.map(([key, text]) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
    </select>
  );
}
