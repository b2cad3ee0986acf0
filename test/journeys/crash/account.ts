/**
 * The account at the end: what the device's records had to do against what was done, to the single
 * change. Says every fault in words; an empty list is the proof.
 *
 * The equation. The agent's numbered records are 1 to A without gap or repeat, and A is what both
 * sides call acknowledged. The controller's acknowledgements cut 1 to A into runs, one transaction
 * each. The changes of that transaction are exactly: for each section with an inventory in the run,
 * one write of the last of them; for each `job-started`, one move to `running`; for each
 * `job-finished`, one move to its outcome. No other transaction makes such a change, but for the
 * cancelling of a job that no device has heard of, which has no records.
 */
import type { AgentAccount, KeptRecord } from './agent-audit.ts';
import type { Change, ControllerAccount } from './controller-audit.ts';
import type { Asked } from './work.ts';

/** Both sides and those who asked. */
export interface Books {
  readonly agent: AgentAccount;
  readonly controller: ControllerAccount;
  readonly asked: readonly Asked[];
}

const FINAL: ReadonlySet<string> = new Set(['succeeded', 'failed', 'expired', 'cancelled']);

/**
 * The ways a job may go (`wire/jobs.ts`): made as sent for a device on the line; `running` may be the
 * first news of a job just sent.
 */
const WAYS: Readonly<Record<string, ReadonlySet<string>>> = {
  none: new Set(['queued', 'sent']),
  queued: new Set(['sent', 'cancelled']),
  sent: new Set(['running', 'cancelled', 'failed', 'expired', 'succeeded']),
  running: FINAL,
};

/** Everything that is wrong. */
export function faultsOf(books: Books): string[] {
  return [
    ...faultsOfNumbers(books),
    ...faultsOfEffects(books),
    ...faultsOfJobs(books),
    ...faultsOfRuns(books),
    ...faultsOfAnswers(books),
    ...faultsOfIdentity(books),
  ];
}

/** Records are 1 to A, each numbered once, none waits, and both sides say so. */
function faultsOfNumbers({ agent, controller }: Books): string[] {
  const faults: string[] = [];
  const { acknowledgedSequence: last } = controller;
  const say = (isWrong: boolean, words: string): void => void (isWrong && faults.push(words));
  say(agent.waiting !== 0, `${agent.waiting} records still wait`);
  say(
    agent.acknowledgedSequence !== last || agent.assignedSequence !== last,
    `the agent gave ${agent.assignedSequence} numbers and holds ${agent.acknowledgedSequence} for acknowledged, the controller ${last}`,
  );
  const numbers = numberedOf(agent).map(({ sequence }) => Number(sequence));
  const isWhole = numbers.length === last && numbers.every((number, index) => number === index + 1);
  say(!isWhole, `the ${numbers.length} numbered records are not 1 to ${last}`);
  for (const record of agent.records) {
    const name = `${record.kind} ${record.job ?? record.section ?? ''} (${record.sequence})`;
    say(record.numbered > 1, `${name} was numbered ${record.numbered} times`);
    say(record.is_gone !== 1, `${name} left the outbox ${record.is_gone} times`);
    say(record.sequence === null && record.kind !== 'inventory', `${name} was dropped`);
    say(record.kind === 'order-refused', `${name}: an order was refused`);
  }
  return faults;
}

/** Each acknowledging transaction did what its records say, and no other did such a thing. */
function faultsOfEffects({ agent, controller }: Books): string[] {
  const faults: string[] = [];
  const records = numberedOf(agent);
  const done = Map.groupBy(controller.changes.filter(isDevicesDoing), ({ tx }) => tx);
  let last = 0;
  for (const { tx, before, after } of controller.changes.filter(isAcknowledgement)) {
    if (Number(before) !== last || Number(after) <= last) {
      faults.push(`acknowledged went from ${last} over ${before} to ${after}`);
    }
    const run = records.filter(({ sequence }) => isWithin(sequence, Number(before), Number(after)));
    const expected = expectedOf(run).toSorted();
    const actual = (done.get(tx) ?? []).map(wordsOf).toSorted();
    if (expected.join('\n') !== actual.join('\n')) {
      faults.push(
        `records ${before} to ${after} had to do [${expected.join(', ')}] and did [${actual.join(', ')}]`,
      );
    }
    done.delete(tx);
    last = Number(after);
  }
  for (const changes of done.values()) {
    faults.push(`without a record: ${changes.map(wordsOf).join(', ')}`);
  }
  return faults;
}

function isAcknowledgement({ what }: Change): boolean {
  return what === 'acknowledged';
}

function isWithin(sequence: number | null, after: number, upTo: number): boolean {
  return sequence !== null && sequence > after && sequence <= upTo;
}

/** Whether a change can only come of a device's record. */
function isDevicesDoing({ what, before, after }: Change): boolean {
  if (what === 'inventory') return true;
  const isUnheard = before === 'queued' && after === 'cancelled';
  return what === 'job' && !isUnheard && (after === 'running' || FINAL.has(after));
}

function wordsOf({ what, subject, after }: Change): string {
  return `${what} ${subject} ${after}`;
}

function expectedOf(run: readonly KeptRecord[]): string[] {
  const inventory = new Map<string, string>();
  const jobs: string[] = [];
  for (const { kind, section, content, job, outcome } of run) {
    if (kind === 'inventory') inventory.set(String(section), `inventory ${section} ${content}`);
    if (kind === 'job-started') jobs.push(`job ${job} running`);
    if (kind === 'job-finished') jobs.push(`job ${job} ${outcome}`);
  }
  return [...inventory.values(), ...jobs];
}

/** Every job went a legal way to exactly one final state. */
function faultsOfJobs({ controller }: Books): string[] {
  const faults: string[] = [];
  const moves = Map.groupBy(
    controller.changes.filter(({ what }) => what === 'job'),
    ({ subject }) => subject,
  );
  for (const { id, state } of controller.jobs) {
    const path = moves.get(id) ?? [];
    const way = path.map(({ after }) => after).join(' → ');
    const isLegal = path.every(
      ({ before, after }, index) =>
        WAYS[before ?? 'none']?.has(after) === true && before === (path[index - 1]?.after ?? null),
    );
    const finals = path.filter(({ after }) => FINAL.has(after)).length;
    if (!isLegal || finals !== 1 || path.at(-1)?.after !== state) {
      faults.push(`job ${id} went ${way} and stands at ${state}`);
    }
    moves.delete(id);
  }
  for (const id of moves.keys()) faults.push(`job ${id} is gone`);
  return faults;
}

/** No order ran twice; none ran that was cancelled before any device heard of it. */
function faultsOfRuns({ agent, controller }: Books): string[] {
  const faults: string[] = [];
  const known = new Set(controller.jobs.map(({ id }) => id));
  for (const kind of ['job-started', 'job-finished']) {
    const ofKind = agent.records.filter((record) => record.kind === kind);
    for (const [job, records] of Map.groupBy(ofKind, (record) => String(record.job))) {
      if (records.length > 1)
        faults.push(`the agent said ${kind} ${records.length} times of ${job}`);
      if (!known.has(job)) faults.push(`the agent said ${kind} of ${job}, which nobody ordered`);
    }
  }
  return faults;
}

/** What was answered 202 is there once; what got no answer, at most once. */
function faultsOfAnswers({ controller, asked }: Books): string[] {
  const faults: string[] = [];
  const byMinutes = Map.groupBy(controller.jobs, ({ minutes }) => minutes);
  for (const { minutes, jobId, isCancelled } of asked) {
    const made = byMinutes.get(minutes) ?? [];
    const isRight =
      jobId === undefined ? made.length <= 1 : made.length === 1 && made[0]?.id === jobId;
    if (!isRight) {
      const ids = made.map(({ id }) => id).join(', ');
      faults.push(`request ${minutes}, answered ${jobId ?? 'never'}, made ${made.length}: ${ids}`);
    }
    if (isCancelled && made[0]?.isCancelRequested !== true) {
      faults.push(`the cancelling of ${jobId} was acknowledged and forgotten`);
    }
    byMinutes.delete(minutes);
  }
  for (const minutes of byMinutes.keys()) faults.push(`nobody asked for request ${minutes}`);
  return faults;
}

/** One device, ever, with one seat. */
function faultsOfIdentity({ controller }: Books): string[] {
  const enrolled = controller.changes.filter(({ what }) => what === 'device').length;
  const { devices, seatsUsed, keyUses } = controller;
  if ([enrolled, devices, seatsUsed, keyUses].every((count) => count === 1)) return [];
  return [
    `${enrolled} enrolled, ${devices} devices, ${seatsUsed} seats, key used ${keyUses} times`,
  ];
}

/** The records that were numbered, in order. */
function numberedOf({ records }: AgentAccount): KeptRecord[] {
  return records
    .filter(({ sequence }) => sequence !== null)
    .toSorted((left, right) => Number(left.sequence) - Number(right.sequence));
}
