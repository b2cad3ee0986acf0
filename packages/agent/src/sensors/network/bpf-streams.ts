import { messageOf } from '@wardgrid/base';
import type { BootTime } from '../../platform/linux/boot-clock.ts';
import { openBpfStream, type BpfStream } from '../../platform/linux/bpf/stream.ts';
import { decodeRecord } from './bpf-record.ts';
import { decodeDnsRecord, type DnsFact } from './dns-record.ts';
import type { SocketFact } from './sockets.ts';

/** `RING_BYTES` of both sources. */
const RING_BYTES = 256 * 1024;

/** What the kernel's programs tell, in turns. */
export interface NetworkStreams {
  /** Null where it does not load. */
  readonly sockets: BpfStream | null;
  readonly names: BpfStream | null;
  /** Why what is null does not load. */
  readonly refusals: readonly string[];
}

/** Attaches what can be attached here. */
export async function openNetworkStreams(
  bootTime: BootTime,
  sink: {
    readonly onSockets: (facts: readonly SocketFact[]) => void;
    readonly onNames: (facts: readonly DnsFact[]) => void;
  },
): Promise<NetworkStreams> {
  const refusals: string[] = [];
  const orRefusal = (stream: Promise<BpfStream>): Promise<BpfStream | null> =>
    stream.catch((error: unknown) => {
      refusals.push(`bpf: ${messageOf(error)}`);
      return null;
    });
  const sockets = await orRefusal(
    openBpfStream({
      name: 'network',
      programs: ['on_state'],
      ringBytes: RING_BYTES,
      ...inTurns((bytes) => decodeRecord(bytes, bootTime.bootedAt()), sink.onSockets),
    }),
  );
  const names = await orRefusal(
    openBpfStream({
      name: 'dns',
      programs: ['on_packet'],
      ringBytes: RING_BYTES,
      ...inTurns((bytes) => decodeDnsRecord(bytes, bootTime.bootedAt()), sink.onNames),
    }),
  );
  return { sockets, names, refusals };
}

/** Gathers the facts of a turn. */
function inTurns<Fact>(
  decode: (bytes: Buffer) => Fact | null,
  onFacts: (facts: readonly Fact[]) => void,
): { readonly onRecord: (bytes: Buffer) => void; readonly onTurn: () => void } {
  let facts: Fact[] = [];
  return {
    onRecord(bytes) {
      const fact = decode(bytes);
      if (fact !== null) facts.push(fact);
    },
    onTurn() {
      const told = facts;
      facts = [];
      if (told.length > 0) onFacts(told);
    },
  };
}
