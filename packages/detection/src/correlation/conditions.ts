import { unreachable } from '@wardgrid/base';
import type { CorrelationBody } from '../rule.ts';

/** Whether a number meets all conditions of a correlation. */
export function meets(conditions: CorrelationBody['conditions'], amount: number): boolean {
  return conditions.every(({ compare, value }) => {
    switch (compare) {
      case 'gt':
        return amount > value;
      case 'gte':
        return amount >= value;
      case 'lt':
        return amount < value;
      case 'lte':
        return amount <= value;
      case 'eq':
        return amount === value;
      case 'neq':
        return amount !== value;
      default:
        return unreachable(compare);
    }
  });
}
