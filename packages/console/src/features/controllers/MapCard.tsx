import { useNavigate } from '@tanstack/react-router';
import type { Controller } from '@wardgrid/wire';
import { n, t } from '../../messages/index.ts';
import type { Tone } from '../../ui/Chips.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Time } from '../../ui/Time.tsx';
import { useNow } from '../../ui/use-now.ts';
import { controllerTone, countTroubled } from './controller-problems.ts';
import { descendantsOf, type Place } from './controller-tree.ts';
import { WorstChip } from './ControllerWords.tsx';
import { CARD, pointOf } from './map-geometry.ts';

const EDGES: Readonly<Record<Tone, string>> = {
  ok: 'var(--fill-ok)',
  warn: 'var(--fill-warn)',
  high: 'var(--fill-high)',
  bad: 'var(--fill-bad)',
  info: 'var(--fill-info)',
  accent: 'var(--fill-info)',
  none: 'var(--fill-none)',
};

/** One controller on the map. */
export function MapCard(properties: {
  readonly place: Place;
  readonly isOpen: boolean;
  readonly isActive: boolean;
  readonly onToggle: (key: string, isOpen: boolean) => void;
  readonly onFocus: (key: string) => void;
}) {
  const { place, isOpen, isActive, onToggle, onFocus } = properties;
  const { node, column, position, siblings } = place;
  const { controller, key, children } = node;
  const navigate = useNavigate();
  const nowMs = useNow();
  const { x, y } = pointOf(place);
  return (
    <div
      role="treeitem"
      tabIndex={isActive ? 0 : -1}
      data-key={key}
      aria-level={column + 1}
      aria-setsize={siblings}
      aria-posinset={position}
      aria-expanded={children.length > 0 ? isOpen : undefined}
      aria-selected={isActive}
      className="absolute flex cursor-pointer flex-col justify-between rounded-lg border border-line-strong border-l-4 bg-surface px-3 py-2 shadow-(--shadow) hover:bg-subtle"
      style={{
        left: x,
        top: y,
        width: CARD.width,
        height: CARD.height,
        borderLeftColor: EDGES[controllerTone(controller, nowMs)],
      }}
      onFocus={() => onFocus(key)}
      onClick={() => void navigate({ to: `/controllers/${controller.id}` })}
    >
      <Lines controller={controller} />
      {children.length > 0 && (
        <Toggle
          isOpen={isOpen}
          below={descendantsOf(node).map((one) => one.controller)}
          onToggle={() => onToggle(key, !isOpen)}
        />
      )}
    </div>
  );
}

/** The three lines of a card: who, where and since when, how. */
function Lines(properties: { readonly controller: Controller }) {
  const { controller } = properties;
  const { name, role, layer, placeName, lastReportAt, isSelf } = controller;
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <p className="flex items-center gap-1.5">
        <span className="min-w-0 truncate font-semibold">
          <Hostile text={name} />
        </span>
        {isSelf && <span className="chip h-4 shrink-0">{t('controllers.self')}</span>}
      </p>
      <p className="truncate text-2xs text-muted">
        <span className="sr-only">{t(`controllerRole.${role}`)}, </span>
        {t('shell.layer', { layer })} · <Hostile text={placeName} />
        {lastReportAt !== null && (
          <>
            {' · '}
            <Time at={lastReportAt} />
          </>
        )}
      </p>
      <div className="flex items-center justify-between gap-2">
        <WorstChip controller={controller} />
        <Counts controller={controller} />
      </div>
    </div>
  );
}

/** What lies below it: devices, and incidents that are open. */
function Counts(properties: { readonly controller: Controller }) {
  const { devices, openIncidents } = properties.controller.counts;
  return (
    <span className="flex min-w-0 items-center gap-2 pr-3 text-2xs text-muted">
      <span className="flex items-center gap-1">
        <Icon name="devices" className="size-3" />
        {n(devices)}
        <span className="sr-only">{t('nav.devices')}</span>
      </span>
      {openIncidents > 0 && (
        <span className="flex items-center gap-1 font-medium text-bad">
          <Icon name="incidents" className="size-3" />
          {n(openIncidents)}
          <span className="sr-only">{t('nav.incidents')}</span>
        </span>
      )}
    </span>
  );
}

/** For the pointer alone: keys open and close with the arrows, as in every tree. */
function Toggle(properties: {
  readonly isOpen: boolean;
  readonly below: readonly Controller[];
  readonly onToggle: () => void;
}) {
  const { isOpen, below, onToggle } = properties;
  const isTroubled = countTroubled(below, useNow()) > 0;
  const look =
    isTroubled && !isOpen
      ? 'border-bad bg-bad-soft text-bad'
      : 'border-line-strong bg-surface text-muted';
  return (
    <span
      aria-hidden="true"
      className={`absolute top-1/2 -right-3.5 flex h-7 min-w-7 -translate-y-1/2 items-center justify-center rounded-full border px-1 text-2xs hover:bg-subtle hover:text-text ${look}`}
      onClick={(event) => {
        event.stopPropagation();
        onToggle();
      }}
    >
      {isOpen ? <Icon name="right" className="size-3 rotate-180" /> : `+${n(below.length)}`}
    </span>
  );
}
