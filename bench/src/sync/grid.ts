import { homesByPath, CLOUD, type Registry, type SyncResponse } from '@wardgrid/sync';
import { createSigner, type Signer } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { encodeBase64Url, silentLog } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { sealVouchers } from '@wardgrid/controller/features/sync/exchange/vouching';
import {
  createSyncEngine,
  openVoucher,
  type SyncEngine,
} from '@wardgrid/controller/features/sync/index';
import { openDatabase } from '@wardgrid/controller/platform/database';
import { migrate } from '@wardgrid/controller/platform/migrate';
import { startEmbeddedPostgres } from '@wardgrid/controller/platform/postgres/index';
import { Client } from 'pg';
import { makeTestDirectory } from '../../../test/database/directory.ts';
import type { BenchContext } from '../figure.ts';
import { bytesOfRequest, bytesOfResponse } from './wire-bytes.ts';
import { deviceAt, SCOPE, TYPE } from './devices.ts';

/** A controller's engine on a database of its own. */
export interface Level {
  readonly node: string;
  readonly engine: SyncEngine;
  readonly client: Client;
}

/** Three controllers, one below the other, on one server. */
export interface Grid {
  readonly tenantId: string;
  readonly cloud: Level;
  readonly local: Level;
  readonly subLocal: Level;
}

/** A server on which grids are made. */
export interface Ground {
  /** A grid whose cloud has so many devices. */
  readonly grow: (devices: number) => Promise<Grid>;
}

const LOCAL = 'a0000000-0000-7000-8000-000000000001';
const SUB_LOCAL = 'a0000000-0000-7000-8000-000000000002';

/** The tenant's key: the cloud's words are signed and checked as in the product. */
const cloudKey = createSigner(systemCryptography, new Uint8Array(32).fill(9));
const tenantKey = encodeBase64Url(cloudKey.publicKey);

const registry: Registry = { [TYPE]: { isInherited: false, fields: {} } };

const PARENTS: ReadonlyMap<string, string> = new Map([
  [LOCAL, CLOUD],
  [SUB_LOCAL, LOCAL],
]);

const topology = {
  ...homesByPath({
    parentOf: (node) => PARENTS.get(node),
    scopeVersionOf: () => 0,
    scopeRootOf: () => SCOPE,
  }),
  layerOf: (node: string) => [CLOUD, LOCAL, SUB_LOCAL].indexOf(node),
  scopeRootOf: () => SCOPE,
  isRevoked: () => false,
  isSigned: () => true,
  hasChildren: (node: string) => node !== SUB_LOCAL,
  controllers: () => [LOCAL, SUB_LOCAL],
};

/** Starts a server with the settings of production: every commit waits for the disk. */
export async function prepareGround(context: BenchContext): Promise<Ground> {
  const directory = await makeTestDirectory();
  context.defer(() => directory.remove());
  const server = await startEmbeddedPostgres({
    dataDir: `${directory.path}/postgres`,
    sharedDir: `${directory.path}/shared`,
    log: silentLog,
    clock: systemClock,
    signal: context.signal,
  });
  context.defer(() => server.stop());
  await migrate(server.connection, silentLog);
  let made = 0;

  async function makeLevel(node: string, devices: number): Promise<Level> {
    made += 1;
    const name = `level_${made}`;
    const maker = new Client({ ...server.maintenance, database: 'postgres' });
    await maker.connect();
    await maker.query(
      `create database ${name} template ${server.connection.database} owner ${server.connection.user}`,
    );
    await maker.end();
    const connection = { ...server.connection, database: name };
    const database = openDatabase({ connection, poolSize: 4, log: silentLog });
    context.defer(() => database.close());
    const client = new Client(connection);
    await client.connect();
    context.defer(() => client.end());
    return { node, client, engine: engineOf(node, devices, database) };
  }

  return {
    async grow(devices) {
      const tenantId = systemNewId();
      const cloud = await makeLevel(CLOUD, devices);
      const local = await makeLevel(LOCAL, 0);
      const subLocal = await makeLevel(SUB_LOCAL, 0);
      for (const { engine } of [cloud, local, subLocal]) await engine.activate(tenantId);
      return { tenantId, cloud, local, subLocal };
    },
  };
}

function engineOf(
  node: string,
  devices: number,
  database: ReturnType<typeof openDatabase>,
): SyncEngine {
  return createSyncEngine(
    { clock: systemClock, database, log: silentLog, newId: systemNewId },
    {
      registry,
      declarations: {},
      widenSight: () => Promise.resolve(),
      isCloud: node === CLOUD,
      nodeId: node,
      topologyOf: () => Promise.resolve(topology),
      signOps: () => Promise.resolve(null),
      openVoucher: (tenantId, sealed) => openVoucher(sealed, { tenantId, tenantKey }),
      outgoing: (_tenantId, { fields }) => Promise.resolve(fields),
      baselineOf: (_tx, { after, limit }) => {
        const start = after === null ? 0 : Number(after.id.slice(-12)) + 1;
        const count = Math.max(0, Math.min(limit, devices - start));
        return Promise.resolve(
          Array.from({ length: count }, (_, index) => deviceAt(start + index)),
        );
      },
    },
  );
}

/** What one exchange was. */
export interface Exchange {
  readonly response: SyncResponse;
  readonly isMore: boolean;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** One exchange without a network; what it would have weighed on one is told. */
export async function exchange(
  grid: Grid,
  {
    from,
    to,
    isWeighed,
  }: { readonly from: Level; readonly to: Level; readonly isWeighed: boolean },
): Promise<Exchange> {
  const request = await from.engine.nextRequest(grid.tenantId, to.node);
  const caller = { nodeId: from.node, tenantId: grid.tenantId };
  const answer = await to.engine.handle(caller, request);
  const { tenantId } = grid;
  const keyOf = (): Promise<Signer> => Promise.resolve(cloudKey);
  const response = to.node === CLOUD ? await sealVouchers(answer, { tenantId, keyOf }) : answer;
  const { more } = await from.engine.apply(grid.tenantId, to.node, response);
  return {
    response,
    isMore: more,
    bytesUp: isWeighed ? await bytesOfRequest(grid.tenantId, request) : 0,
    bytesDown: isWeighed ? await bytesOfResponse(grid.tenantId, response) : 0,
  };
}
