import type { Tenant } from '@wardgrid/wire';
import { n, t } from '../../messages/index.ts';
import { SeverityChip } from '../../ui/Chips.tsx';
import { Nothing } from '../../ui/Hostile.tsx';
import type { Column } from '../../ui/list/definition.ts';
import { numberColumn } from '../../ui/list/columns.tsx';

interface Counted {
  readonly counts: Tenant['counts'];
}

/** What every node of the tree counts below itself. */
export function countColumns<Row extends Counted>(): readonly Column<Row>[] {
  return [
    {
      key: 'devices',
      label: t('nav.devices'),
      widthRem: 8,
      isNumber: true,
      cell: ({ counts }) => t('tenants.online', { online: counts.online, devices: counts.devices }),
      text: ({ counts }) => `${counts.online}/${counts.devices}`,
    },
    {
      key: 'openFindings',
      label: t('field.openFindings'),
      widthRem: 9,
      isNumber: true,
      cell: ({ counts }) => <Findings counts={counts} />,
      text: ({ counts }) => String(counts.openFindings),
    },
    numberColumn('openIncidents', ({ counts }) => counts.openIncidents, {
      label: t('field.openIncidents'),
    }),
  ];
}

function Findings(properties: { readonly counts: Tenant['counts'] }) {
  const { counts } = properties;
  if (counts.openFindings === 0) return <Nothing />;
  return (
    <span className="inline-flex items-center gap-2">
      {counts.worstSeverity !== null && <SeverityChip severity={counts.worstSeverity} />}
      {n(counts.openFindings)}
    </span>
  );
}
