import type { Controller } from '@wardgrid/wire';
import type { Tone } from '../../ui/Chips.tsx';

/** What may be wrong with a controller, the worst first. */
const PROBLEM_TONES = {
  silent: 'bad',
  cutOff: 'bad',
  detour: 'warn',
  clock: 'warn',
  certificate: 'warn',
  backlog: 'warn',
} as const satisfies Readonly<Record<string, Tone>>;

export type ControllerProblem = keyof typeof PROBLEM_TONES;

/** A clock that is off by more makes times hard to compare; changes are ordered in spite of it. */
const CLOCK_OFFSET_MS_MAX = 30_000;
/** A certificate that ends so soon should have been renewed by now. */
const CERTIFICATE_LEFT_MS_MIN = 14 * 86_400_000;
/** More changes than a few exchanges carry: they do not get through. */
const BACKLOG_MIN = 5_000;

/** What is wrong with a controller as far as it is known here, the worst first. */
export function problemsOf(controller: Controller, nowMs: number): readonly ControllerProblem[] {
  if (controller.state === 'revoked') return [];
  const { upstream, clockOffsetMs, certificateExpiresAt, queueUp } = controller;
  const holds: Readonly<Record<ControllerProblem, boolean>> = {
    silent: !controller.isOnline,
    cutOff: upstream === 'cut-off',
    detour: upstream === 'ancestor' || (upstream === 'direct' && controller.layer > 1),
    clock: Math.abs(clockOffsetMs ?? 0) > CLOCK_OFFSET_MS_MAX,
    certificate:
      certificateExpiresAt !== null &&
      Date.parse(certificateExpiresAt) - nowMs < CERTIFICATE_LEFT_MS_MIN,
    backlog: (queueUp ?? 0) >= BACKLOG_MIN,
  };
  return PROBLEMS.filter((problem) => holds[problem]);
}

const PROBLEMS = Object.keys(PROBLEM_TONES) as readonly ControllerProblem[];

/** How bad a problem is. */
export function toneOf(problem: ControllerProblem): Tone {
  return PROBLEM_TONES[problem];
}

/** The tone of a controller as a whole: of its worst problem, or of its state. */
export function controllerTone(controller: Controller, nowMs: number): Tone {
  const worst = problemsOf(controller, nowMs)[0];
  if (worst !== undefined) return toneOf(worst);
  return controller.state === 'active' ? 'ok' : 'none';
}

/** How many of these controllers have a problem. */
export function countTroubled(controllers: readonly Controller[], nowMs: number): number {
  return controllers.filter((one) => problemsOf(one, nowMs).length > 0).length;
}
