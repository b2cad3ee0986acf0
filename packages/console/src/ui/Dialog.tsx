import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { t } from '../messages/index.ts';
import { Icon } from './Icon.tsx';

/** A question or form over the page. Focus stays inside and returns to where it came from. */
export function Dialog(properties: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description?: string;
  readonly isWide?: boolean;
  readonly children: ReactNode;
}) {
  const { isOpen, onClose, title, description, isWide, children } = properties;
  return (
    <Base.Root open={isOpen} onOpenChange={(isNowOpen) => (isNowOpen ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup
          className={`popup fixed top-[8vh] left-1/2 z-50 max-h-[84vh] w-[calc(100vw-2rem)] -translate-x-1/2 overflow-y-auto p-5 ${isWide ? 'max-w-2xl' : 'max-w-lg'}`}
        >
          <div className="mb-4 flex items-start gap-4">
            <div className="grow">
              <Base.Title className="text-base">{title}</Base.Title>
              {description !== undefined && (
                <Base.Description className="mt-1 text-muted">{description}</Base.Description>
              )}
            </div>
            <Base.Close
              className="button button-quiet button-icon -mt-1 -mr-2"
              aria-label={t('action.close')}
            >
              <Icon name="close" />
            </Base.Close>
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** The row of buttons at the end of a dialog: leaving first, doing last. */
export function DialogButtons(properties: {
  readonly onCancel: () => void;
  readonly submit: string;
  readonly isBusy?: boolean;
  readonly isDisabled?: boolean;
  readonly isDanger?: boolean;
  readonly cancel?: string;
}) {
  const { onCancel, submit, isBusy, isDisabled, isDanger, cancel } = properties;
  return (
    <div className="mt-5 flex justify-end gap-2">
      <button type="button" className="button" onClick={onCancel}>
        {cancel ?? t('action.cancel')}
      </button>
      <button
        type="submit"
        className={isDanger ? 'button button-danger' : 'button button-solid'}
        disabled={isBusy === true || isDisabled === true}
      >
        {isBusy ? t('action.working') : submit}
      </button>
    </div>
  );
}
