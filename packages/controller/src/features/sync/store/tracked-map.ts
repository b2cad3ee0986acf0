/** A map that knows what was changed in it since it was filled, and what was there before. */
export class TrackedMap<Value> extends Map<string, Value> {
  /** What each changed key had before; undefined: nothing. */
  readonly before = new Map<string, Value | undefined>();

  /** Puts in what the storage has. */
  fill(key: string, value: Value): void {
    super.set(key, value);
  }

  override set(key: string, value: Value): this {
    this.#note(key);
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    this.#note(key);
    return super.delete(key);
  }

  override clear(): void {
    for (const key of this.keys()) this.#note(key);
    super.clear();
  }

  #note(key: string): void {
    if (!this.before.has(key)) this.before.set(key, this.get(key));
  }

  /** Values that are there and were put in or replaced. */
  written(isMeant: (before: Value | undefined) => boolean = () => true): Value[] {
    const values: Value[] = [];
    for (const [key, before] of this.before) {
      const value = this.get(key);
      if (value !== undefined && value !== before && isMeant(before)) values.push(value);
    }
    return values;
  }

  /** Values that are there now, of keys under which there was nothing. */
  made(): Value[] {
    return this.written((before) => before === undefined);
  }

  /** Values in the place of others. */
  replaced(): Value[] {
    return this.written((before) => before !== undefined);
  }

  /** Keys that are gone. */
  removed(): string[] {
    const keys: string[] = [];
    for (const [key, before] of this.before)
      if (before !== undefined && !this.has(key)) keys.push(key);
    return keys;
  }
}
