import { Menu as Base } from '@base-ui/react/menu';
import type { ReactNode } from 'react';
import { Icon } from './Icon.tsx';

/** Menus open inside the landmark of the page, where screen readers look for them. */
function overlayHost(): HTMLElement | null {
  return document.querySelector<HTMLElement>('#main');
}

const itemClass = 'menu-item';

/** A button that opens a list of things to do. */
export function Menu(properties: {
  readonly label: string;
  readonly trigger: ReactNode;
  readonly className?: string;
  readonly isOpenAtFirst?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <Base.Root defaultOpen={properties.isOpenAtFirst ?? false}>
      <Base.Trigger className={properties.className ?? 'button'} aria-label={properties.label}>
        {properties.trigger}
      </Base.Trigger>
      <Base.Portal container={overlayHost()}>
        <Base.Positioner sideOffset={4} align="end" className="z-30">
          <Base.Popup className="popup max-h-[70vh] min-w-48 overflow-y-auto p-1">
            {properties.children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** One thing to do. */
export function MenuItem(properties: {
  readonly onSelect: () => void;
  readonly children: ReactNode;
}) {
  return (
    <Base.Item className={itemClass} onClick={properties.onSelect}>
      {properties.children}
    </Base.Item>
  );
}

/** One thing to switch on or off; the menu stays open. */
export function MenuCheck(properties: {
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
  readonly children: ReactNode;
}) {
  return (
    <Base.CheckboxItem
      className={itemClass}
      checked={properties.isChecked}
      onCheckedChange={properties.onChange}
      closeOnClick={false}
    >
      <span className="flex size-4 items-center justify-center rounded-sm border border-line-strong">
        <Base.CheckboxItemIndicator>
          <Icon name="check" className="size-3" />
        </Base.CheckboxItemIndicator>
      </span>
      {properties.children}
    </Base.CheckboxItem>
  );
}

/** One of several choices. */
export function MenuChoices(properties: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly choices: readonly { readonly value: string; readonly text: string }[];
}) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2 pt-1.5 pb-0.5 text-2xs font-semibold text-muted">
        {properties.label}
      </Base.GroupLabel>
      <Base.RadioGroup
        value={properties.value}
        onValueChange={(value: string) => properties.onChange(value)}
      >
        {properties.choices.map((choice) => (
          <Base.RadioItem
            key={choice.value}
            value={choice.value}
            className={itemClass}
            closeOnClick={false}
          >
            <span className="flex size-4 items-center justify-center">
              <Base.RadioItemIndicator>
                <Icon name="check" className="size-3.5" />
              </Base.RadioItemIndicator>
            </span>
            {choice.text}
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  );
}

export function MenuSeparator() {
  return <Base.Separator className="my-1 h-px bg-line" />;
}
