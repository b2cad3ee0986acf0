import { codeOf } from '@wardgrid/base';
import type { Transaction } from '../../platform/database.ts';
import type { AsideReason } from './aside-repository.ts';
import { typedRepository } from './typed-repository.ts';

/** SQLSTATE of what is wrong with rows: data that does not fit, a rule of the table that it breaks. */
const OF_THE_ROW = /^(?:22|23)/;

/** Runs work that rows may make impossible. Null, or why nothing of it happened. */
export async function attempt(tx: Transaction, work: () => Promise<void>): Promise<unknown> {
  const repository = typedRepository(tx);
  await repository.savepoint();
  try {
    await work();
    await repository.release();
    return null;
  } catch (error) {
    if (!OF_THE_ROW.test(codeOf(error) ?? '')) throw error;
    await repository.rollBack();
    return error;
  }
}

/** What stood in the way: the constraint, or what PostgreSQL says. */
export function reasonOf(error: unknown): Pick<AsideReason, 'code' | 'detail'> {
  const message = error instanceof Error ? error.message : 'unknown';
  const constraint =
    typeof error === 'object' && error !== null && 'constraint' in error ? error.constraint : null;
  return {
    code: codeOf(error) ?? 'unknown',
    detail: typeof constraint === 'string' ? constraint : message,
  };
}
