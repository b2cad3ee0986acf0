import { visibleText } from '@wardgrid/base';
import type { JobKind } from '@wardgrid/wire';
import { fitBody, readBody } from './body.ts';
import type { Invocation, OptionSpec } from './command-spec.ts';
import type { Connection } from './connection.ts';
import { SCAN_ENGINES } from './contract-words.ts';
import { ExitCode, usageError } from './errors.ts';
import { watchJob } from './job-watch.ts';
import { resolveId } from './names.ts';

const scanOptions: readonly OptionSpec[] = [
  {
    flags: '--ports <ports>',
    summary: 'top, all, or a list such as 22,80,8000-8100 (default top)',
    field: 'task.ports',
  },
  {
    flags: '--engine <engine>',
    summary: 'what scans',
    choices: SCAN_ENGINES,
    field: 'task.engine',
  },
  {
    flags: '--packets-per-second <count>',
    summary: 'how fast at most',
    kind: 'integer',
    field: 'task.packetsPerSecond',
  },
];

/** How a job is ordered, whatever it does. */
export const orderOptions: readonly OptionSpec[] = [
  {
    flags: '--expires-seconds <seconds>',
    summary: 'the device refuses the job afterwards (default a day)',
    kind: 'integer',
    field: 'expiresInSeconds',
  },
  { flags: '--watch', summary: 'follow the job to its end' },
];

/** Options of a discovery of the network that the device is in. */
export const ownNetworkOptions: readonly OptionSpec[] = [
  ...scanOptions,
  { flags: '--no-ports', summary: 'find hosts alone' },
  {
    flags: '--approve',
    summary: 'approve the network first, when you may',
    field: 'task.isNetworkApproved',
  },
  {
    flags: '--confirm-size',
    summary: 'yes, the network is larger than /22',
    field: 'task.isSizeConfirmed',
  },
];

/** Options of a discovery. */
export const discoveryOptions: readonly OptionSpec[] = [
  {
    flags: '--cidr <network>',
    summary: 'which network; the device’s own unless told',
    kind: 'network',
    field: 'task.cidr',
  },
  ...ownNetworkOptions,
];

/** Options of a port scan. */
export const portScanOptions: readonly OptionSpec[] = [
  {
    flags: '--hosts <addresses>',
    summary: 'which hosts (10.0.0.1,10.0.0.2)',
    kind: 'list',
    field: 'task.hosts',
    isRequired: true,
  },
  ...scanOptions,
];

/** What is ordered, of which device; without one, of all that `--filter` matches. */
export interface JobOrder {
  readonly kind: JobKind;
  readonly options: readonly OptionSpec[];
  readonly deviceText: string | undefined;
}

/** Orders a job, and follows it when asked to. */
export async function runJob(invocation: Invocation, order: JobOrder): Promise<ExitCode> {
  const filter = invocation.options.text('filter');
  if ((order.deviceText === undefined) === (filter === undefined)) {
    throw usageError('say which device: --device, or --filter for many');
  }
  const connection = await invocation.connect();
  return order.deviceText === undefined
    ? orderMany(invocation, connection, order)
    : orderOne(invocation, connection, { ...order, deviceText: order.deviceText });
}

async function orderOne(
  invocation: Invocation,
  connection: Connection,
  order: JobOrder & { readonly deviceText: string },
): Promise<ExitCode> {
  const { create } = connection.wire.jobRoutes;
  const given = await bodyOf(invocation, connection, order);
  const deviceId = await resolveId(connection, 'devices', order.deviceText);
  const body = fitBody(create, { ...given, deviceId }, [...order.options, ...orderOptions]);
  const job = await connection.call(create, { body });
  const told = `${job.state} ${job.task.kind} on '${visibleText(job.deviceName)}' (${job.id})`;
  if (!invocation.options.isOn('watch')) {
    invocation.output.document(job, () => told);
    return ExitCode.ok;
  }
  invocation.output.line(told);
  return watchJob(invocation, connection, job.id);
}

async function orderMany(
  invocation: Invocation,
  connection: Connection,
  order: JobOrder,
): Promise<ExitCode> {
  const { options, output } = invocation;
  if (options.isOn('watch')) throw usageError('--watch follows one job; leave out --filter');
  const { createMany } = connection.wire.jobRoutes;
  const given = {
    ...(await bodyOf(invocation, connection, order)),
    selection: { filter: options.text('filter') ?? '' },
  };
  const body = fitBody(createMany, given, [...order.options, ...orderOptions]);
  const answer = await connection.call(createMany, { body });
  const refused = answer.refused.map(({ deviceId, code }) => `\nrefused ${deviceId} (${code})`);
  output.document(
    answer,
    () => `queued ${answer.jobs} jobs (${answer.batchId})${refused.join('')}`,
  );
  if (answer.refused.length === 0) return ExitCode.ok;
  return answer.jobs > 0 ? ExitCode.partial : ExitCode.error;
}

async function bodyOf(invocation: Invocation, connection: Connection, order: JobOrder) {
  const body = await readBody(invocation, connection, [...order.options, ...orderOptions]);
  const task = body['task'] as object | undefined;
  // Commander reads `--no-ports` as the value false of `--ports`.
  const isHostsAlone = invocation.options.value('ports') === false;
  return { ...body, task: { ...task, kind: order.kind, ...(isHostsAlone ? { ports: null } : {}) } };
}
