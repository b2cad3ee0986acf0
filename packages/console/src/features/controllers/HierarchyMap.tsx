import { useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { n, t } from '../../messages/index.ts';
import { Icon } from '../../ui/Icon.tsx';
import {
  descendantsOf,
  layoutOf,
  type Place,
  type TreeLayout,
  type TreeNode,
} from './controller-tree.ts';
import { MapCard } from './MapCard.tsx';
import { CARD, pathBetween, SPACING } from './map-geometry.ts';
import { useTreeKeys } from './use-tree-keys.ts';

/** How far one step zooms, and between what. */
const ZOOM_STEP = 1.25;
const ZOOM_MIN = 0.25;
const ZOOM_MAX = 1.5;
/** More nodes than this begin closed below the second layer, so that the first look is a map. */
const OPEN_MAX = 150;

/** The tree of controllers, drawn: cards in columns by layer, lines between them. A tree to screen readers. */
export function HierarchyMap(properties: { readonly forest: readonly TreeNode[] }) {
  const { forest } = properties;
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => closedAtFirst(forest));
  const [active, setActive] = useState<string | null>(null);
  const [zoom, setZoom] = useState(1);
  const scroller = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const layout = useMemo(() => layoutOf(forest, closed), [forest, closed]);
  const current = layout.places.find(({ node }) => node.key === active) ?? layout.places[0];
  const toggle = (key: string, isOpen: boolean): void => {
    setClosed((before) => {
      const next = new Set(before);
      if (isOpen) next.delete(key);
      else next.add(key);
      return next;
    });
  };
  const press = useTreeKeys(layout.places, current, {
    focus: setActive,
    toggle,
    open: ({ node }) => void navigate({ to: `/controllers/${node.controller.id}` }),
  });
  useFocusOn(scroller, active);
  const size = sizeOf(layout);
  const zoomTo = (next: number): void => setZoom(Math.max(ZOOM_MIN, Math.min(ZOOM_MAX, next)));
  const fit = (): void => {
    const box = scroller.current;
    if (box) zoomTo(Math.min(1, box.clientWidth / size.width, box.clientHeight / size.height));
  };
  return (
    <div className="card flex min-h-0 grow flex-col overflow-hidden">
      <Tools
        onZoom={(isIn) => zoomTo(isIn ? zoom * ZOOM_STEP : zoom / ZOOM_STEP)}
        onFit={fit}
        onOpenAll={() => setClosed(new Set())}
        onCloseAll={() => setClosed(new Set(forest.flatMap(keysBelow)))}
        layout={layout}
      />
      <div ref={scroller} className="relative min-h-0 grow overflow-auto">
        <div style={{ width: size.width * zoom, height: size.height * zoom }}>
          <div
            className="relative origin-top-left"
            style={{ width: size.width, height: size.height, transform: `scale(${zoom})` }}
          >
            <Lines layout={layout} size={size} />
            <div role="tree" aria-label={t('nav.hierarchy')} onKeyDown={press}>
              {layout.places.map((place) => (
                <MapCard
                  key={place.node.key}
                  place={place}
                  isOpen={!closed.has(place.node.key)}
                  isActive={place === current}
                  onToggle={toggle}
                  onFocus={setActive}
                />
              ))}
            </div>
          </div>
        </div>
      </div>
    </div>
  );
}

/** Keys move the focus; the browser then brings the card into sight. */
function useFocusOn(scroller: React.RefObject<HTMLElement | null>, active: string | null): void {
  useEffect(() => {
    if (active === null) return;
    const card = scroller.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(active)}"]`);
    if (card !== document.activeElement) card?.focus();
  }, [scroller, active]);
}

function sizeOf({ columns, rows }: TreeLayout) {
  return {
    width: columns * SPACING.column + SPACING.margin * 2 - (SPACING.column - CARD.width),
    height: rows * SPACING.row + SPACING.margin * 2 - (SPACING.row - CARD.height),
  };
}

function keysBelow(node: TreeNode): readonly string[] {
  return [node, ...descendantsOf(node)]
    .filter(({ children }) => children.length > 0)
    .slice(1)
    .map(({ key }) => key);
}

function closedAtFirst(forest: readonly TreeNode[]): ReadonlySet<string> {
  const all = forest.flatMap((node) => [node, ...descendantsOf(node)]);
  return new Set(all.length > OPEN_MAX ? forest.flatMap(keysBelow) : []);
}

function Lines(properties: {
  readonly layout: TreeLayout;
  readonly size: { readonly width: number; readonly height: number };
}) {
  const { layout, size } = properties;
  const drawn = layout.places.flatMap((place) =>
    place.parent ? [{ place, parent: place.parent }] : [],
  );
  return (
    <svg
      width={size.width}
      height={size.height}
      className="pointer-events-none absolute inset-0"
      fill="none"
      aria-hidden="true"
    >
      {drawn.map(({ place, parent }) => (
        <path
          key={place.node.key}
          d={pathBetween(parent, place)}
          stroke="var(--line-strong)"
          strokeWidth={1.25}
          strokeDasharray={isTalking(place) ? undefined : '4 4'}
        />
      ))}
    </svg>
  );
}

/** A line is broken where a controller does not talk with its parent. */
function isTalking({ node }: Place): boolean {
  const { isOnline, upstream } = node.controller;
  return isOnline && (upstream === 'parent' || upstream === null);
}

function Tools(properties: {
  readonly onZoom: (isIn: boolean) => void;
  readonly onFit: () => void;
  readonly onOpenAll: () => void;
  readonly onCloseAll: () => void;
  readonly layout: TreeLayout;
}) {
  const { layout } = properties;
  return (
    <div
      role="toolbar"
      aria-label={t('map.tools')}
      className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1.5"
    >
      <span className="text-xs text-muted">
        {t('map.layers', { count: layout.columns, shown: n(layout.places.length) })}
      </span>
      <span className="grow" />
      <button type="button" className="button button-small" onClick={properties.onOpenAll}>
        {t('map.openAll')}
      </button>
      <button type="button" className="button button-small" onClick={properties.onCloseAll}>
        {t('map.closeAll')}
      </button>
      <button type="button" className="button button-small" onClick={properties.onFit}>
        {t('map.fit')}
      </button>
      <button
        type="button"
        className="button button-small"
        aria-label={t('map.zoomOut')}
        onClick={() => properties.onZoom(false)}
      >
        −
      </button>
      <button
        type="button"
        className="button button-small"
        aria-label={t('map.zoomIn')}
        onClick={() => properties.onZoom(true)}
      >
        <Icon name="plus" className="size-3.5" />
      </button>
    </div>
  );
}
