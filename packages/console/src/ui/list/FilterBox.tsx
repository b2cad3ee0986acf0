import { systemClock } from '@wardgrid/base/system';
import { parseFilter, type Fields, type FilterIssue } from '@wardgrid/wire';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { t } from '../../messages/index.ts';
import { Icon } from '../Icon.tsx';
import { suggestionsOf, type Suggestion } from './suggest.ts';

/** A pause in typing after which the filter is applied. */
const PAUSE_MS = 250;

function issuesOf(text: string, fields: Fields): readonly FilterIssue[] {
  const result = parseFilter(text, fields, systemClock.now());
  return result.kind === 'issues' ? result.issues : [];
}

interface FilterBoxProperties {
  readonly filter: string;
  readonly fields: Fields;
  readonly onFilter: (filter: string) => void;
}

/** The filter of a list: completes fields and values, says what is wrong, applies itself. */
export function FilterBox(properties: FilterBoxProperties) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const box = useFilterText(properties, input);
  const isExpanded = box.isOpen && box.suggestions.length > 0;
  return (
    <div className="relative min-w-56 grow">
      <Icon
        name="search"
        className="pointer-events-none absolute top-2 left-2.5 size-4 text-muted"
      />
      <input
        ref={input}
        type="search"
        data-filter-box
        className="input mono pl-8 text-xs"
        role="combobox"
        aria-label={t('list.filter')}
        aria-expanded={isExpanded}
        aria-controls={isExpanded ? `${id}-list` : undefined}
        aria-autocomplete="list"
        aria-activedescendant={isExpanded && box.active >= 0 ? `${id}-${box.active}` : undefined}
        aria-invalid={box.issues.length > 0 ? true : undefined}
        aria-describedby={box.issues.length > 0 ? `${id}-issues` : undefined}
        placeholder={t('list.filterPlaceholder')}
        spellCheck={false}
        autoComplete="off"
        maxLength={1_000}
        value={box.text}
        onChange={(event) => box.change(event.target.value, event.target.selectionStart ?? 0)}
        onKeyDown={box.press}
        onFocus={() => box.setOpen(true)}
        onBlur={() => box.setOpen(false)}
      />
      {isExpanded && (
        <ul
          id={`${id}-list`}
          role="listbox"
          aria-label={t('list.suggestions')}
          className="popup absolute top-9 left-0 z-20 w-72 p-1"
        >
          {box.suggestions.map((suggestion, index) => (
            <li
              key={suggestion.label}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === box.active}
              className="menu-item mono text-xs"
              onMouseDown={(event) => {
                event.preventDefault();
                box.take(suggestion);
              }}
            >
              {suggestion.label}
            </li>
          ))}
        </ul>
      )}
      {box.issues.length > 0 && !isExpanded && (
        <p id={`${id}-issues`} role="status" className="mt-1 text-xs text-bad">
          {box.issues[0]?.detail}
        </p>
      )}
    </div>
  );
}

function useFilterText(
  { filter, fields, onFilter }: FilterBoxProperties,
  input: React.RefObject<HTMLInputElement | null>,
) {
  const [text, setText] = useState(filter);
  const [caret, setCaret] = useState(filter.length);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const applied = useRef(filter);
  const issues = issuesOf(text, fields);
  const suggestions = suggestionsOf(text, caret, fields);

  useEffect(() => {
    if (applied.current === filter) return;
    applied.current = filter;
    setText(filter);
  }, [filter]);
  useEffect(() => {
    if (text.trim() === applied.current || issuesOf(text, fields).length > 0) return undefined;
    return systemClock.after(PAUSE_MS, () => {
      applied.current = text.trim();
      onFilter(applied.current);
    });
  }, [text, fields, onFilter]);

  function change(next: string, nextCaret: number): void {
    setText(next);
    setCaret(nextCaret);
    setActive(-1);
    setOpen(true);
  }
  function take(suggestion: Suggestion): void {
    change(suggestion.filter, suggestion.caret);
    requestAnimationFrame(() =>
      input.current?.setSelectionRange(suggestion.caret, suggestion.caret),
    );
  }
  function press(event: KeyboardEvent): void {
    const chosen = isOpen ? suggestions[active] : undefined;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      const count = suggestions.length;
      if (count > 0) setActive((active + step + count) % count);
      setOpen(true);
    } else if (chosen && (event.key === 'Enter' || event.key === 'Tab')) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === 'Escape' && isOpen) {
      event.preventDefault();
      setOpen(false);
    } else if (event.key === 'Enter') {
      setOpen(false);
    }
  }
  return { text, isOpen, setOpen, active, issues, suggestions, change, take, press };
}
