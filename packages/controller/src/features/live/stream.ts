import type { LiveEvent, Permission } from '@wardgrid/wire';
import { covers, visibilityOf, type Actor, type Visibility } from '../../platform/authorize.ts';
import type { RingEvent } from './ring.ts';

/** Where a stream is written. */
export interface StreamOutput {
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  readonly writableLength: number;
  readonly write: (text: string) => unknown;
  readonly end: () => unknown;
  readonly destroy: () => unknown;
}

/** The stream of one console. */
export interface Stream {
  readonly accountId: string;
  readonly tenantId: string | null;
  /** Sends an event if its reader may see the thing. */
  readonly send: (event: RingEvent) => void;
  /** Tells the reader that events were missed. */
  readonly reset: () => void;
  readonly beat: () => void;
  /** The same person with what they may do now. */
  readonly setActor: (actor: Actor) => void;
  readonly end: () => void;
}

/** Bytes that may wait for a slow reader before it is cut off; it resumes by its last id. */
const BUFFERED_BYTES_MAX = 262_144;

/** Asks for what is seen where the permission to read the noun holds. */
const PERMISSIONS: Readonly<Record<LiveEvent['noun'], Permission>> = {
  tenants: 'tenants:read',
  organizations: 'organizations:read',
  groups: 'groups:read',
  devices: 'devices:read',
  jobs: 'jobs:read',
  networks: 'networks:read',
  assets: 'assets:read',
  findings: 'findings:read',
  incidents: 'incidents:read',
  accounts: 'accounts:read',
  'enrolment-keys': 'enrolment-keys:read',
  policies: 'policies:read',
  rules: 'rules:read',
  quarantine: 'quarantine:read',
  controllers: 'controllers:read',
  'join-tokens': 'controllers:read',
  'join-candidates': 'controllers:read',
  conflicts: 'sync:read',
};

export function createStream(response: StreamOutput, first: Actor, now: () => number): Stream {
  let actor = first;
  /** By permission; computed again whenever the actor is. */
  const visibilities = new Map<Permission, Visibility>();

  function visibilityFor(permission: Permission): Visibility {
    const known = visibilities.get(permission);
    if (known) return known;
    const visibility = visibilityOf(actor, permission, now());
    visibilities.set(permission, visibility);
    return visibility;
  }

  function write(text: string): void {
    if (response.destroyed || response.writableEnded) return;
    response.write(text);
    if (response.writableLength > BUFFERED_BYTES_MAX) response.destroy();
  }

  return {
    accountId: first.accountId,
    tenantId: first.tenantId,
    send({ event, text }) {
      if (covers(visibilityFor(PERMISSIONS[event.noun]), event)) write(text);
    },
    reset: () => write('event: reset\ndata: {}\n\n'),
    beat: () => write(': beat\n\n'),
    setActor(next) {
      actor = next;
      visibilities.clear();
    },
    end: () => response.end(),
  };
}
