import { useState, type ReactNode } from 'react';
import { t } from '../messages/index.ts';
import { Hostile, Nothing } from './Hostile.tsx';
import { Section } from './Page.tsx';

interface TableRow {
  /** What the filter of the table looks into. */
  readonly words: string;
  readonly cells: readonly (ReactNode | null)[];
}

/** Rows drawn at once; a filter narrows longer tables. */
const ROWS_SHOWN = 200;

/** A table with a filter of its own: all rows are here, the first that match are drawn. */
export function RowTable(properties: {
  readonly title: string;
  readonly heads: readonly string[];
  readonly rows: readonly TableRow[];
  readonly isTruncated?: boolean;
}) {
  const { title, heads, rows, isTruncated } = properties;
  const [text, setText] = useState('');
  const wanted = text.toLowerCase();
  const matching = rows.filter((row) => row.words.toLowerCase().includes(wanted));
  const shown = matching.slice(0, ROWS_SHOWN);
  const isFilterable = rows.length > 10;
  return (
    <Section
      title={`${title} (${rows.length})`}
      isFlush
      actions={
        isFilterable && (
          <input
            type="search"
            className="input max-w-52"
            aria-label={t('inventory.filter', { name: title })}
            placeholder={t('list.filter')}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )
      }
    >
      <table className="data-table">
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, index) => (
            <tr key={index}>
              {row.cells.map((cell, place) => (
                <td key={place}>
                  {typeof cell === 'string' ? <Hostile text={cell} /> : (cell ?? <Nothing />)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {(matching.length > shown.length || isTruncated) && (
        <p className="border-t border-line px-3 py-2 text-xs text-muted">
          {isTruncated
            ? t('inventory.truncated')
            : t('inventory.shown', { shown: shown.length, total: matching.length })}
        </p>
      )}
    </Section>
  );
}
