/* Multicast DNS on the machine's own networks. A file that touches the machine, apart from `system.ts`
   because browsers load that one. */
import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { containsIp, parseCidr, type Cidr } from './cidr.ts';

/** RFC 6762, section 3: a group that no router carries on. */
const GROUP = '224.0.0.251';
const PORT = 5353;
/** RFC 6762, section 11: whoever checks it knows that a packet came from its own link. */
const TTL = 255;
/** A machine with containers has dozens of networks; beyond these it is not its job to be heard. */
const LINKS_MAX = 32;

/** One network that the machine is on. */
export interface LocalLink {
  /** The machine's IPv4 address there. */
  readonly address: string;
}

/** What was heard. */
export interface HeardMessage {
  readonly bytes: Uint8Array;
  /** Who says to have sent it; an address of this link. */
  readonly sender: string;
  readonly link: LocalLink;
}

/** Ears and mouth on all local networks. */
export interface LocalMulticast {
  /** The links as they are now; called before one speaks, since networks come and go. */
  readonly refresh: () => Promise<readonly LocalLink[]>;
  /** Speaks on one link; what cannot be sent is lost, as any datagram may be. */
  readonly send: (link: LocalLink, bytes: Uint8Array) => void;
  readonly close: () => void;
}

interface OpenLink extends LocalLink {
  readonly cidr: string;
  readonly network: Cidr;
  readonly socket: Socket;
}

/**
 * Listens for multicast DNS over IPv4. A message is handed on when its sender's address is of the
 * link it came by: nothing that a router carried here, whatever it says (RFC 6762, section 11).
 */
export function openLocalMulticast(onMessage: (message: HeardMessage) => void): LocalMulticast {
  const open = new Map<string, OpenLink>();
  let isClosed = false;

  function drop(link: OpenLink): void {
    open.delete(link.cidr);
    link.socket.close();
  }

  return {
    async refresh() {
      if (isClosed) return [];
      const wanted = ownNetworks();
      for (const link of open.values()) if (!wanted.has(link.cidr)) drop(link);
      for (const [cidr, address] of wanted) {
        if (open.has(cidr)) continue;
        const link = await openLink({ cidr, address }, onMessage);
        if (!link) continue;
        if (isClosed) link.socket.close();
        else open.set(cidr, link);
      }
      return [...open.values()];
    },
    send({ address }, bytes) {
      const link = [...open.values()].find((one) => one.address === address);
      link?.socket.send(bytes, PORT, GROUP, () => undefined);
    },
    close() {
      isClosed = true;
      for (const link of open.values()) drop(link);
    },
  };
}

/** The IPv4 networks of this machine, `address/prefix`, each with the address. */
function ownNetworks(): ReadonlyMap<string, string> {
  const rows = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outer = rows.filter(({ family, internal, cidr }) => family === 'IPv4' && !internal && cidr);
  return new Map(outer.slice(0, LINKS_MAX).map(({ cidr, address }) => [cidr ?? '', address]));
}

function openLink(
  { cidr, address }: { readonly cidr: string; readonly address: string },
  onMessage: (message: HeardMessage) => void,
): Promise<OpenLink | undefined> {
  const network = parseCidr(cidr);
  if (!network) return Promise.resolve(undefined);
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (bytes, { address: sender }) => {
    if (containsIp(network, sender)) onMessage({ bytes, sender, link: { address } });
  });
  return new Promise((resolve) => {
    const fail = (): void => {
      socket.close();
      resolve(undefined);
    };
    socket.once('error', fail);
    socket.bind({ port: PORT, exclusive: false }, () => {
      try {
        socket.addMembership(GROUP, address);
        socket.setMulticastInterface(address);
        socket.setMulticastTTL(TTL);
      } catch {
        // The network went while it was opened.
        fail();
        return;
      }
      socket.off('error', fail);
      // A link that goes away says so by every datagram; the next refresh closes it.
      socket.on('error', () => undefined);
      resolve({ cidr, address, network, socket });
    });
  });
}
