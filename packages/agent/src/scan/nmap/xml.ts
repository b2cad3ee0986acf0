/** What is read of nmap's XML: a host and its open ports. */
export interface NmapHost {
  readonly ip: string;
  readonly mac: string | null;
  readonly isUp: boolean;
  readonly openPorts: readonly number[];
  readonly closedCount: number;
  readonly filteredCount: number;
}

/** Reads nmap's XML as it comes. It knows exactly the elements it needs and holds one host at a time. */
export interface NmapReader {
  readonly push: (text: string) => void;
}

/** A tag longer than this (a script's output) is not one of ours and is skipped. */
const TAG_LENGTH_MAX = 4096;

/** The highest TCP port: no host has more. */
const PORTS_MAX = 65_535;

interface HostDraft {
  ip: string;
  mac: string | null;
  isUp: boolean;
  openPorts: number[];
  closedCount: number;
  filteredCount: number;
  port: number;
}

/** A reader that hands over each host when its element ends. */
export function createNmapReader(onHost: (host: NmapHost) => void): NmapReader {
  let rest = '';
  let isSkipping = false;
  let draft: HostDraft | undefined;

  function take(tag: string): void {
    const name = /^<(\/?[a-z]+)/.exec(tag)?.[1] ?? '';
    if (name === 'host') draft = emptyDraft();
    if (!draft) return;
    if (name === '/host') {
      const { port: _port, ...host } = draft;
      if (host.ip !== '') onHost(host);
      draft = undefined;
      return;
    }
    readElement(draft, name, (attribute) => attributeOf(tag, attribute));
  }

  return {
    push(text) {
      rest += text;
      for (;;) {
        const start = isSkipping ? 0 : rest.indexOf('<');
        const end = start < 0 ? -1 : rest.indexOf('>', start);
        if (start < 0) rest = '';
        if (end < 0) break;
        if (!isSkipping && end - start < TAG_LENGTH_MAX) take(rest.slice(start, end + 1));
        isSkipping = false;
        rest = rest.slice(end + 1);
      }
      if (rest.length <= TAG_LENGTH_MAX) return;
      isSkipping = true;
      rest = '';
    },
  };
}

function emptyDraft(): HostDraft {
  return {
    ip: '',
    mac: null,
    isUp: false,
    openPorts: [],
    closedCount: 0,
    filteredCount: 0,
    port: 0,
  };
}

function readElement(draft: HostDraft, name: string, attribute: (name: string) => string): void {
  if (name === 'status') draft.isUp = attribute('state') === 'up';
  if (name === 'address') readAddress(draft, attribute('addrtype'), attribute('addr'));
  if (name === 'port') draft.port = portOf(attribute('protocol'), attribute('portid'));
  if (name === 'extraports') addCount(draft, attribute('state'), Number(attribute('count')));
  if (name === 'state' && draft.port !== 0) readState(draft, attribute('state'));
}

function readState(draft: HostDraft, state: string): void {
  if (state !== 'open') addCount(draft, state, 1);
  else if (draft.openPorts.length < PORTS_MAX) draft.openPorts.push(draft.port);
}

/** The number of a TCP port, or 0. */
function portOf(protocol: string, text: string): number {
  const port = protocol === 'tcp' ? Number(text) : 0;
  return Number.isInteger(port) && port >= 1 && port <= PORTS_MAX ? port : 0;
}

function readAddress(draft: HostDraft, kind: string, address: string): void {
  if (kind === 'ipv4' && /^\d{1,3}(?:\.\d{1,3}){3}$/.test(address)) draft.ip = address;
  if (kind === 'mac' && /^(?:[0-9A-F]{2}:){5}[0-9A-F]{2}$/i.test(address))
    draft.mac = address.toLowerCase();
}

function addCount(draft: HostDraft, state: string, count: number): void {
  if (!Number.isInteger(count) || count < 0 || count > PORTS_MAX) return;
  if (state === 'closed') draft.closedCount += count;
  if (state === 'filtered') draft.filteredCount += count;
}

/** Our attributes hold no entities: numbers, addresses and words. */
function attributeOf(tag: string, name: string): string {
  return new RegExp(`\\s${name}="([^"]{0,64})"`).exec(tag)?.[1] ?? '';
}
