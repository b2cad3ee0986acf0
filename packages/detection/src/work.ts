/** Work that costly questions may still spend; about five nanoseconds a unit. */
export interface Work {
  left: number;
}

/** What all costly questions about one event may spend together: about 20 milliseconds. */
const EVENT_WORK_MAX = 4_000_000;
/** What one question about one value may spend: about two milliseconds. */
const QUESTION_WORK_MAX = 400_000;

/** Work for one event. */
export function newWork(): Work {
  return { left: EVENT_WORK_MAX };
}

/** Runs one question with its share of the work; undefined when that is used up before it is answered. */
export function spend(
  work: Work,
  question: (share: Work) => boolean | undefined,
): boolean | undefined {
  const given = Math.min(work.left, QUESTION_WORK_MAX);
  const share = { left: given };
  const answer = question(share);
  work.left -= given - Math.max(0, share.left);
  return share.left < 0 ? undefined : answer;
}
