import { systemClock } from '@wardgrid/base/system';
import { useEffect } from 'react';
import { t } from '../messages/index.ts';
import { dismiss, useStore, type Notice } from '../store.ts';
import { Icon } from '../ui/Icon.tsx';

/** How long good news stay; bad news stay until they are taken away. */
const STAY_MS = 6_000;

/** Short news in the corner, read out as they come. */
export function Notices() {
  const notices = useStore((state) => state.notices);
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-4 z-50 flex w-80 flex-col gap-2"
    >
      {notices.map((notice) => (
        <Card key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function Card(properties: { readonly notice: Notice }) {
  const { id, tone, text } = properties.notice;
  useEffect(() => {
    if (tone === 'bad') return undefined;
    return systemClock.after(STAY_MS, () => dismiss(id));
  }, [id, tone]);
  return (
    <div className="popup slide-in pointer-events-auto flex items-start gap-2.5 p-3">
      <span className={tone === 'ok' ? 'mt-px text-ok' : 'mt-px text-bad'}>
        <Icon name={tone === 'ok' ? 'check' : 'findings'} />
      </span>
      <p className="grow">{text}</p>
      <button
        type="button"
        className="cursor-pointer text-muted hover:text-text"
        aria-label={t('action.close')}
        onClick={() => dismiss(id)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
