import { readLink } from '../path-text.ts';
import { readProcessFacts, type ProcessFacts } from '../process-facts.ts';

/**
 * Who made the changes of one batch, read once a program: the link to the executable is looked at each
 * time, since a process that starts another program keeps its number.
 */
export class Actors {
  readonly #known = new Map<string, ProcessFacts>();

  factsOf(pid: number): ProcessFacts {
    const link = pid > 0 ? readLink(`/proc/${pid}/exe`) : null;
    if (!link) return readProcessFacts(pid);
    const key = `${pid} ${link.toString('latin1')}`;
    const known = this.#known.get(key);
    if (known) return known;
    const facts = readProcessFacts(pid);
    this.#known.set(key, facts);
    return facts;
  }

  /** A number may be another process's by the next batch. */
  forget(): void {
    this.#known.clear();
  }
}
