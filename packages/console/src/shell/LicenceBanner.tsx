import { rungOf, useLicenceInForce } from '../licence.ts';
import { t } from '../messages/index.ts';
import { Icon } from '../ui/Icon.tsx';
import { RouterLink } from '../ui/RouterLink.tsx';

/** The ladder of warnings before a licence ends, and what holds when it has ended. */
export function LicenceBanner() {
  const licence = useLicenceInForce();
  const rung = licence && rungOf(licence, Date.now());
  if (!licence || !rung) return null;
  const isBad = licence.state === 'expired' || licence.state === 'suspended' || rung.rung === 1;
  const words = rung.isOver
    ? t(`licence.banner.${licence.state === 'active' ? 'grace' : licence.state}`)
    : t('licence.banner.ends', { count: rung.days });
  return (
    <div
      role="status"
      aria-label={t('field.licence')}
      className={`flex flex-wrap items-center gap-x-3 border-b border-line px-4 py-1.5 text-xs ${isBad ? 'bg-bad-soft text-bad' : 'bg-warn-soft text-warn'}`}
    >
      <span className="flex items-center gap-1.5 font-semibold">
        <Icon name="controllers" className="size-3.5" />
        {t('field.licence')}
      </span>
      <span>{words}</span>
      <RouterLink to="/sync" className="underline underline-offset-2">
        {t('licence.show')}
      </RouterLink>
    </div>
  );
}
