import { fingerprintText } from '@wardgrid/base';
import type { Controller } from '@wardgrid/wire';
import { n, t } from '../../messages/index.ts';
import { Chip, StateChip } from '../../ui/Chips.tsx';
import { Nothing } from '../../ui/Hostile.tsx';
import { UpstreamStateChip } from '../../ui/UpstreamStateChip.tsx';
import { useNow } from '../../ui/use-now.ts';
import { problemsOf, toneOf } from './controller-problems.ts';

/** What is wrong with a controller, each as a chip; nothing when all is well. */
export function ProblemChips(properties: { readonly controller: Controller }) {
  const problems = problemsOf(properties.controller, useNow());
  if (problems.length === 0) return null;
  return (
    <span className="flex flex-wrap gap-1.5">
      {problems.map((problem) => (
        <Chip key={problem} tone={toneOf(problem)} text={t(`controllers.problem.${problem}`)} />
      ))}
    </span>
  );
}

/** What is worst with a controller, and how much more there is; its state when all is well. */
export function WorstChip(properties: { readonly controller: Controller }) {
  const { controller } = properties;
  const [worst, ...others] = problemsOf(controller, useNow());
  if (worst === undefined) return <StateChip state={controller.state} />;
  return (
    <span className="flex items-center gap-1.5">
      <Chip tone={toneOf(worst)} text={t(`controllers.problem.${worst}`)} />
      {others.length > 0 && (
        <span className="text-2xs text-muted">
          +{n(others.length)}
          <span className="sr-only">
            {others.map((problem) => t(`controllers.problem.${problem}`)).join(', ')}
          </span>
        </span>
      )}
    </span>
  );
}

/** How a controller reaches those above it; the cloud has nobody above. */
export function UpstreamChip(properties: { readonly controller: Controller }) {
  const { upstream, layer } = properties.controller;
  return upstream === null || layer === 0 ? <Nothing /> : <UpstreamStateChip state={upstream} />;
}

/** A key as people compare it, in groups; copied whole, broken in its middle alone. */
export function KeyText(properties: { readonly fingerprint: string; readonly isStrong?: boolean }) {
  const { fingerprint, isStrong } = properties;
  const text = fingerprintText(fingerprint);
  const middle = Math.ceil(text.length / 2);
  return (
    <span className={`mono select-all text-text ${isStrong === true ? 'font-semibold' : ''}`}>
      <span className="whitespace-nowrap">{text.slice(0, middle)}</span>
      <wbr />
      <span className="whitespace-nowrap">{text.slice(middle)}</span>
    </span>
  );
}
