import { canonicalJson } from '@wardgrid/base';
import type { Op } from '@wardgrid/sync';

/** Whether it is the wish that somebody wrote, wherever it stands: in another stream without its number. */
export function isWish(op: Op, written: Op): boolean {
  const { number = written.number } = op;
  return number === written.number && wishText(op) === wishText(written);
}

function wishText({ stream: _stream, q: _q, from: _from, number: _number, ...wish }: Op): string {
  return canonicalJson(wish);
}
