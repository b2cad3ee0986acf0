import type { ExceptionTrial } from '@wardgrid/wire';
import { t } from '../../messages/index.ts';
import { SeverityChip } from '../../ui/Chips.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';

/** What an exception would have hidden, with some of it to look at. */
export function TrialNote(properties: { readonly trial: ExceptionTrial }) {
  const { trial } = properties;
  return (
    <div role="status" className="rounded-md border border-line-strong p-3">
      <p className="font-medium">
        {t('exceptions.trial', { hidden: trial.hidden, considered: trial.considered })}
      </p>
      {trial.notEvaluable > 0 && (
        <p className="mt-1 text-muted">
          {t('exceptions.notEvaluable', { count: trial.notEvaluable })}
        </p>
      )}
      {trial.isPartial && <p className="mt-1 text-muted">{t('exceptions.partial')}</p>}
      <ul className="mt-2 flex flex-col gap-1">
        {trial.samples.map((sample) => (
          <li key={sample.id} className="flex flex-wrap items-baseline gap-2">
            <SeverityChip severity={sample.severity} />
            <RouterLink to={`/findings/${sample.id}`}>
              <Hostile text={sample.title} />
            </RouterLink>
            <Hostile text={sample.subject} isMono />
            <span className="text-xs text-muted">
              <Time at={sample.lastSeenAt} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
