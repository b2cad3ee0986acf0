import { t, wordOr } from '../messages/index.ts';
import { ConsoleError } from '../request.ts';
import { Icon } from './Icon.tsx';

/** The words of whatever went wrong, for one line. */
export function problemText(error: unknown): string {
  if (!(error instanceof ConsoleError)) return t('problem.unexpected');
  return wordOr(`problem.${error.code}`, error.message);
}

/** A problem beside what it is about: words, code and request id; announced when it appears. */
export function ProblemNote(properties: { readonly error: unknown }) {
  const { error } = properties;
  if (error === null || error === undefined) return null;
  return (
    <div role="alert" className="rounded-md border border-bad/40 bg-bad-soft px-3 py-2 text-bad">
      <p className="font-medium">{problemText(error)}</p>
      {error instanceof ConsoleError && <ProblemDetail error={error} />}
    </div>
  );
}

function ProblemDetail(properties: { readonly error: ConsoleError }) {
  const { error } = properties;
  const words = problemText(error);
  return (
    <>
      {error.message !== words && <p className="mt-0.5">{error.message}</p>}
      {error.issues.map((issue) => (
        <p key={issue.pointer + issue.detail} className="mt-0.5">
          <span className="mono">{issue.pointer}</span> {issue.detail}
        </p>
      ))}
      <p className="mono mt-1 text-2xs">
        {error.code}
        {error.requestId !== '' && ` · ${error.requestId}`}
      </p>
    </>
  );
}

/** Stands in place of content that cannot be shown for now, with a way to try again. */
export function Degraded(properties: {
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
}) {
  const { error, onRetry } = properties;
  const isForbidden = error instanceof ConsoleError && error.status === 403;
  const isMissing = error instanceof ConsoleError && error.code === 'not-found';
  const title = titleOf(isForbidden, isMissing);
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 px-6 py-16 text-center">
      <Icon name={isForbidden ? 'blocked-addresses' : 'findings'} className="size-8 text-muted" />
      <h2 className="text-base">{title}</h2>
      <ProblemNote error={error} />
      {onRetry && !isMissing && (
        <button type="button" className="button" onClick={onRetry}>
          {t('action.retry')}
        </button>
      )}
    </div>
  );
}

function titleOf(isForbidden: boolean, isMissing: boolean): string {
  if (isForbidden) return t('page.forbidden');
  return isMissing ? t('page.missing') : t('page.degraded');
}
