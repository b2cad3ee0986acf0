import { nodeOf, type Op } from './op.ts';

const TMP = 'tmp:';

/** Whether an id is only good until its row was made, of a client that cannot make lasting ones. */
export function isTmpId(id: string): boolean {
  return id.startsWith(TMP);
}

/**
 * What an op's author means by an id. A `tmp:` id is known within its author's node alone: elsewhere the
 * same one means something else.
 */
export function meantBy(op: Pick<Op, 'stream'>, id: string): string {
  return isTmpId(id) ? `${nodeOf(op.stream)}/${id}` : id;
}

/**
 * The lasting id of a row that was made under a `tmp:` id: the name of the wish that made it, so that it
 * is the same before and after the decision, when it is written again, and on every node.
 */
export function lastingIdOf({ id, opId }: Pick<Op, 'id' | 'opId'>): string {
  return isTmpId(id) ? opId : id;
}

const DIGITS = 6;
const PROVISIONAL_DIGITS = 4;

/** The name that the cloud gives to a row: `DEV-004217`. */
export function refOf(prefix: string, number: number): string {
  return `${prefix}-${String(number).padStart(DIGITS, '0')}`;
}

/**
 * The name of a row at the site that made it, until the cloud gave it one: `~BER2-0007`, from the
 * controller's short code and a counter that is kept with its rows.
 */
export function provisionalRefOf(code: string, number: number): string {
  return `~${code}-${String(number).padStart(PROVISIONAL_DIGITS, '0')}`;
}

/** Whether a name is a site's own. */
export function isProvisionalRef(ref: string): boolean {
  return ref.startsWith('~');
}
