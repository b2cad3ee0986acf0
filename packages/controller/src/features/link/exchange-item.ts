import type { ExchangeRequest } from '@wardgrid/wire';
import type { DeviceClaims } from './token.ts';

/** One exchange as it waits for its batch. */
export interface ExchangeItem {
  readonly claims: DeviceClaims;
  readonly request: ExchangeRequest;
  readonly address: string;
}
