import type { Severity } from '@wardgrid/wire';
import { n } from '../../messages/index.ts';
import { SeverityChip, StateChip } from '../Chips.tsx';
import { Hostile } from '../Hostile.tsx';
import { personText } from '../Person.tsx';
import { Time } from '../Time.tsx';
import type { Column } from './definition.ts';

type Look<Row> = Omit<Column<Row>, 'key' | 'cell' | 'text' | 'widthRem'> & {
  readonly widthRem?: number;
};

/** Text that anybody may have written. */
export function textColumn<Row>(
  key: string,
  read: (row: Row) => string | null,
  look: Look<Row> & { readonly isMono?: boolean },
): Column<Row> {
  const { isMono, ...rest } = look;
  return {
    key,
    widthRem: 9,
    ...rest,
    cell: (row) => <Hostile text={read(row)} isMono={isMono ?? false} />,
    text: (row) => read(row) ?? '',
  };
}

/** Who did something. */
export function personColumn<Row>(
  key: string,
  read: (row: Row) => string | null,
  look: Look<Row>,
): Column<Row> {
  return textColumn(
    key,
    (row) => {
      const name = read(row);
      return name === null ? null : personText(name);
    },
    look,
  );
}

/** A moment: relative on the screen, exact in an export. */
export function timeColumn<Row>(
  key: string,
  read: (row: Row) => string | null,
  look: Look<Row>,
): Column<Row> {
  return {
    key,
    widthRem: 7.5,
    ...look,
    cell: (row) => <Time at={read(row)} />,
    text: (row) => read(row) ?? '',
  };
}

/** A state, as a chip. */
export function stateColumn<Row>(
  key: string,
  read: (row: Row) => string,
  look: Look<Row>,
): Column<Row> {
  return {
    key,
    widthRem: 8.5,
    ...look,
    cell: (row) => <StateChip state={read(row)} />,
    text: read,
  };
}

/** How bad something is, as a chip; nothing when nothing is wrong. */
export function severityColumn<Row>(
  key: string,
  read: (row: Row) => Severity | null,
  look: Look<Row>,
): Column<Row> {
  return {
    key,
    widthRem: 7,
    ...look,
    cell: (row) => {
      const severity = read(row);
      return severity === null ? '' : <SeverityChip severity={severity} />;
    },
    text: (row) => read(row) ?? '',
  };
}

/** A number, aligned to the right. */
export function numberColumn<Row>(
  key: string,
  read: (row: Row) => number,
  look: Look<Row>,
): Column<Row> {
  return {
    key,
    widthRem: 6,
    isNumber: true,
    ...look,
    cell: (row) => n(read(row)),
    text: (row) => String(read(row)),
  };
}
