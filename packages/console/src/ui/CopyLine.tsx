import { systemClock } from '@wardgrid/base/system';
import { useState } from 'react';
import { t } from '../messages/index.ts';
import { Icon } from './Icon.tsx';

/** How long the button says that it copied. */
const SAID_MS = 2_000;

/** One line to copy: shown whole, selected by a click, copied by a button. */
export function CopyLine(properties: { readonly text: string; readonly label: string }) {
  const [isCopied, setCopied] = useState(false);
  const sayCopied = (): void => {
    setCopied(true);
    systemClock.after(SAID_MS, () => setCopied(false));
  };
  const copy = (): void => {
    navigator.clipboard.writeText(properties.text).then(
      () => sayCopied(),
      () => setCopied(false),
    );
  };
  return (
    <div className="flex items-stretch overflow-hidden rounded-lg border border-line-strong bg-bg">
      <code
        className="mono grow px-3 py-2.5 text-xs leading-relaxed break-all select-all"
        aria-label={properties.label}
      >
        {properties.text}
      </code>
      <button
        type="button"
        className="flex w-24 shrink-0 cursor-pointer items-center justify-center gap-1.5 border-l border-line-strong bg-surface font-medium hover:bg-subtle"
        onClick={copy}
      >
        <Icon name={isCopied ? 'check' : 'copy'} />
        <span aria-live="polite">{isCopied ? t('action.copied') : t('action.copy')}</span>
      </button>
    </div>
  );
}
