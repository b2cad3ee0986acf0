import { endianness } from 'node:os';
import { formatIp } from '@wardgrid/base';
import { boundedName, LISTENERS_MAX, type ListenerRow } from '../../inventory/index.ts';
import { readLine, readLink, readNames, readText, TABLE_BYTES_MAX } from './files.ts';
import { ipv4Of, swapBytes, type ByteOrder } from './route-tables.ts';
import { createThrottle, type LinuxSource } from './source.ts';

/** Processes looked through for the owners of sockets. */
const PROCESSES_MAX = 20_000;
/** Descriptors looked through a process; a proxy has more, but its listeners were opened first. */
const DESCRIPTORS_MAX = 4_096;

/* States of the kernel's tables (include/net/tcp_states.h); an unconnected UDP socket is "closed". */
const STATE_LISTENING = '0A';
const STATE_UNCONNECTED = '07';

/** A listening socket with the number that its owner's descriptors show. */
export interface ListeningSocket {
  readonly transport: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/** Reads the listening sockets of this network namespace with the processes that hold them. */
export async function readListeners(
  source: LinuxSource,
  signal: AbortSignal,
): Promise<{ readonly listeners: ListenerRow[]; readonly isTruncated: boolean }> {
  const net = `${source.rootPath}proc/net`;
  const sockets = (['tcp', 'tcp6', 'udp', 'udp6'] as const).flatMap((name) =>
    parseSocketTable(readText(`${net}/${name}`, TABLE_BYTES_MAX) ?? '', {
      transport: name.startsWith('tcp') ? 'tcp' : 'udp',
      byteOrder: endianness(),
    }),
  );
  const kept = sockets.slice(0, LISTENERS_MAX);
  const owners = await findSocketOwners(
    source,
    new Set(kept.map((socket) => socket.inode)),
    signal,
  );
  return {
    listeners: kept.map(({ transport, address, port, inode }) => {
      const owner = owners.get(inode);
      return { transport, address, port, process: owner?.name ?? null, pid: owner?.pid ?? null };
    }),
    isTruncated: sockets.length > LISTENERS_MAX,
  };
}

/** The listening sockets of one of the kernel's tables (proc_net_tcp(5)). */
export function parseSocketTable(
  text: string,
  form: { readonly transport: 'tcp' | 'udp'; readonly byteOrder: ByteOrder },
): ListeningSocket[] {
  const wanted = form.transport === 'tcp' ? STATE_LISTENING : STATE_UNCONNECTED;
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, remote, state, , , , , , inode] = line.trim().split(/ +/);
      const [addressHex, portHex] = (local ?? '').split(':');
      const address = addressOf(addressHex ?? '', form.byteOrder);
      const isPort = /^[0-9A-F]{4}$/.test(portHex ?? '');
      if (state !== wanted || remote?.endsWith(':0000') !== true) return [];
      if (address === undefined || !isPort || inode === undefined) return [];
      const port = Number.parseInt(portHex ?? '', 16);
      return [{ transport: form.transport, address, port, inode }];
    });
}

/** IPv6 addresses are printed as four numbers of 32 bits, each in the machine's byte order. */
function addressOf(hex: string, byteOrder: ByteOrder): string | undefined {
  if (/^[0-9A-F]{8}$/.test(hex)) {
    const value = ipv4Of(hex, byteOrder);
    return value === undefined ? undefined : formatIp(4, value);
  }
  if (!/^[0-9A-F]{32}$/.test(hex)) return undefined;
  const words = hex.match(/.{8}/g) ?? [];
  const straight = words.map((word) => (byteOrder === 'LE' ? swapBytes(word) : word)).join('');
  return formatIp(6, BigInt(`0x${straight}`));
}

/** The process that holds a socket. */
export interface SocketOwner {
  readonly pid: number;
  readonly name: string;
}

/** Looks through descriptors until every socket has its owner, a little at a time. */
export async function findSocketOwners(
  source: Pick<LinuxSource, 'rootPath' | 'clock'>,
  inodes: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SocketOwner>> {
  const owners = new Map<string, SocketOwner>();
  const throttle = createThrottle(source.clock, signal);
  const processes = readNames(`${source.rootPath}proc`, PROCESSES_MAX).filter((name) =>
    /^\d{1,10}$/.test(name),
  );
  for (const process of processes) {
    if (owners.size >= inodes.size) break;
    const path = `${source.rootPath}proc/${process}`;
    for (const inode of socketsOf(path)) {
      if (!inodes.has(inode) || owners.has(inode)) continue;
      const name = boundedName(readLine(`${path}/comm`) ?? '');
      owners.set(inode, { pid: Number(process), name });
    }
    await throttle();
  }
  return owners;
}

function socketsOf(path: string): string[] {
  return readNames(`${path}/fd`, DESCRIPTORS_MAX).flatMap((descriptor) => {
    const target = readLink(`${path}/fd/${descriptor}`);
    return target?.startsWith('socket:[') === true ? [target.slice('socket:['.length, -1)] : [];
  });
}
