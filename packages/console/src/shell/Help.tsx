import { t, type PlainKey } from '../messages/index.ts';
import { useStore } from '../store.ts';
import { Dialog } from '../ui/Dialog.tsx';

const keys: readonly (readonly [readonly string[], PlainKey])[] = [
  [['Ctrl', 'K'], 'help.palette'],
  [['/'], 'help.filter'],
  [['?'], 'help.help'],
  [['j', '↓'], 'help.down'],
  [['k', '↑'], 'help.up'],
  [['Home', 'End'], 'help.ends'],
  [['x'], 'help.choose'],
  [['Shift', '↓'], 'help.chooseMany'],
  [['Enter'], 'help.open'],
  [['.'], 'help.act'],
  [['Esc'], 'help.escape'],
];

/** The sheet of keys. */
export function Help() {
  const close = (): void => useStore.setState({ isHelpOpen: false });
  return (
    <Dialog isOpen onClose={close} title={t('help.title')}>
      <dl className="grid grid-cols-[8rem_1fr] gap-y-2">
        {keys.map(([combination, text]) => (
          <div key={text} className="contents">
            <dt className="flex gap-1">
              {combination.map((key) => (
                <kbd key={key} className="kbd">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-4 text-muted">{t('help.grammar')}</p>
      <p className="mono mt-1 text-xs">
        status:online os:&quot;Windows 11*&quot; -tag:lab lastSeenAt:&gt;7d
      </p>
    </Dialog>
  );
}
