import { mkdir, realpath } from 'node:fs/promises';
import * as z from 'zod';
import { createLog, messageOf, type Log } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { startController } from './app.ts';
import { Config, ConfigError, readRequest, USAGE, type Request } from './config.ts';
import { RoleError } from './platform/membership.ts';

/** Exit codes as the command line promises them. */
const OK = 0;
const ERROR = 1;
const USAGE_ERROR = 2;

/** Runs `wardgrid controller` until it is told to stop; returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const request = readRequest(argv);
    switch (request.kind) {
      case 'help':
        return print(USAGE);
      case 'config-schema':
        return print(
          `${JSON.stringify(z.toJSONSchema(Config, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`,
        );
      case 'print-config':
        return print(`${JSON.stringify(request.config, null, 2)}\n`);
      case 'run':
        return await run(request);
    }
  } catch (error) {
    process.stderr.write(`wardgrid controller: ${messageOf(error)}\n`);
    return error instanceof ConfigError || error instanceof RoleError ? USAGE_ERROR : ERROR;
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return OK;
}

async function run(request: Extract<Request, { kind: 'run' }>): Promise<number> {
  const { isRecovering } = request;
  await makeDataFolder(request.config.data);
  const config = { ...request.config, data: await realpath(request.config.data) };
  const log = createLog({
    clock: systemClock,
    level: config.logLevel,
    write: (line) => process.stderr.write(`${line}\n`),
  });
  const stopping = new AbortController();
  const stopped = stopSignal(log).then(() => stopping.abort());
  const controller = await startController({
    config,
    clock: systemClock,
    newId: systemNewId,
    log,
    signal: stopping.signal,
    say: (line) => print(`${line}\n`),
  });
  if (controller.caFingerprint !== null) {
    print(`certificate authority: ${controller.caFingerprint}\n`);
  }
  if (controller.setupPath !== null) {
    print(`set up: ${controller.url}${controller.setupPath}\n`);
  }
  if (isRecovering) {
    const recovery = await controller.features.accounts.recover();
    print(
      recovery === null
        ? 'recover: there is no Global Admin yet\n'
        : `recover: ${controller.url}${recovery.path}\n`,
    );
  }
  print(`ready: ${controller.url}\n`);
  await stopped;
  await controller.close();
  log.info('stopped');
  return OK;
}

/**
 * Makes the data folder. As root, the database runs as a user of its own that must be able to pass
 * through, though not to look: every file in it is closed by its own mode.
 */
async function makeDataFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the program at once. */
function stopSignal(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.on(name, () => {
        if (isStopping) process.exit(ERROR);
        isStopping = true;
        log.info('stopping', { signal: name });
        resolve();
      });
    }
  });
}
