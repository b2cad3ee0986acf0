import { useRouter } from '@tanstack/react-router';
import type { Permission } from '@wardgrid/wire';
import { t } from '../messages/index.ts';
import { Degraded } from '../ui/Problem.tsx';
import { RouterLink } from '../ui/RouterLink.tsx';

/** The page asks for a permission that the session lacks. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError';
  readonly permission: Permission;

  constructor(permission: Permission) {
    super(`needs ${permission}`);
    this.permission = permission;
  }
}

/** What stands in place of a page that failed: not allowed, or something else with a way to retry. */
export function ErrorPage(properties: { readonly error: unknown }) {
  const router = useRouter();
  const { error } = properties;
  if (error instanceof ForbiddenError) {
    return (
      <Plain title={t('page.forbidden')} code="403">
        {t('page.forbiddenHint', { permission: error.permission })}
      </Plain>
    );
  }
  return <Degraded error={error} onRetry={() => void router.invalidate()} />;
}

export function NotFoundPage() {
  return (
    <Plain title={t('page.missing')} code="404">
      {t('page.missingHint')}
    </Plain>
  );
}

function Plain(properties: {
  readonly title: string;
  readonly code: string;
  readonly children: string;
}) {
  return (
    <div className="flex h-full flex-col items-center justify-center gap-2 p-6 text-center">
      <p className="mono text-muted">{properties.code}</p>
      <h1>{properties.title}</h1>
      <p className="max-w-md text-muted">{properties.children}</p>
      <RouterLink to="/" className="button mt-3">
        {t('page.home')}
      </RouterLink>
    </div>
  );
}
