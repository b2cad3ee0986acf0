import { createBurst } from './behaviour/burst.ts';
import { createScore } from './behaviour/score.ts';
import { createSequence } from './behaviour/sequence.ts';
import { createAggregate } from './correlation/aggregate.ts';
import { createTemporal } from './correlation/temporal.ts';
import type { TreeOf } from './group-key.ts';
import type { Machine } from './machine.ts';
import type { Rule } from './rule.ts';

/** The state machine of a rule about several events. */
export function createMachine(rule: Rule, treeOf: TreeOf): Machine {
  const { body } = rule;
  switch (body.kind) {
    case 'event':
      throw new TypeError('a rule about single events is no machine');
    case 'correlation':
      return body.type === 'temporal' || body.type === 'temporal_ordered'
        ? createTemporal(rule, body, treeOf)
        : createAggregate(rule, body, treeOf);
    case 'sequence':
      return createSequence(rule, body, treeOf);
    case 'score':
      return createScore(rule, body, treeOf);
    case 'burst':
      return createBurst(rule, body, treeOf);
  }
}
