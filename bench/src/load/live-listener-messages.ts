/** What a process of listeners is told. */
export type ListenerOrder =
  | {
      readonly kind: 'connect';
      readonly port: number;
      readonly path: string;
      readonly authorizations: readonly string[];
    }
  /** Every connection awaits one text message that begins so. */
  | { readonly kind: 'await'; readonly opening: string }
  | { readonly kind: 'disconnect' };

/** What it answers. */
export type ListenerReport =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** All came: when each did, in milliseconds of the machine's monotonic clock. */
  | { readonly kind: 'received'; readonly atMs: readonly number[]; readonly sizeBytes: number };

/** The machine's monotonic clock, the same in every process, in milliseconds. */
export function machineMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
