import type { SensorLoss } from '../sensors/guardian/index.ts';
import type { NewFinding } from './finding-ledger.ts';

const TITLES: Readonly<Record<SensorLoss['reason'], string>> = {
  ended: 'The agent was ended while it protected',
  stopped: 'The agent was stopped while it protected',
  stalled: 'The agent stood still while it protected',
};

/** What is said of a time without protection that nobody ordered: whoever attacks begins with that. */
export function lossFinding({ reason, at }: SensorLoss): NewFinding {
  return {
    rule: 'protection-lost',
    title: TITLES[reason],
    engine: 'sensor',
    severity: 'high',
    confidence: reason === 'stalled' ? 40 : 70,
    techniques: ['T1562.001'],
    contentDigest: null,
    subject: 'the agent',
    remedy: 'Find out who or what ended the agent, and what happened until it was started again.',
    author: null,
    matches: [
      { selection: 'guardian', field: 'seen at', value: new Date(at).toISOString() },
      { selection: 'guardian', field: 'reason', value: reason },
    ],
    event: null,
    processes: [],
  };
}
