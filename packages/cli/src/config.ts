import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Secret } from '@wardgrid/base';

/** What the environment tells the command line. */
export interface Config {
  /** `WARDGRID_CONTROLLER`: the address of the controller. */
  readonly controller: string | undefined;
  /** `WARDGRID_TOKEN`: an API token. */
  readonly token: Secret | undefined;
  /** `WARDGRID_PROFILE`: which profile to use. */
  readonly profile: string | undefined;
  /** Where profiles are kept (XDG Base Directory Specification). */
  readonly configFolder: string;
  /** `WARDGRID_DATA`: the data folder of a controller on this machine. */
  readonly dataFolder: string;
  /** False when `NO_COLOR` is set to anything, or the terminal is a dumb one. */
  readonly isColourAllowed: boolean;
}

/** Reads the environment. Empty variables count as absent. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const valueOf = (name: string): string | undefined => environment[name] || undefined;
  const token = valueOf('WARDGRID_TOKEN');
  const xdgFolder = valueOf('XDG_CONFIG_HOME');
  const isXdgUsable = xdgFolder !== undefined && isAbsolute(xdgFolder);
  return {
    controller: valueOf('WARDGRID_CONTROLLER'),
    token: token === undefined ? undefined : new Secret(token.trim()),
    profile: valueOf('WARDGRID_PROFILE'),
    configFolder: join(isXdgUsable ? xdgFolder : join(homedir(), '.config'), 'wardgrid'),
    dataFolder: valueOf('WARDGRID_DATA') ?? '.wardgrid',
    isColourAllowed: valueOf('NO_COLOR') === undefined && environment['TERM'] !== 'dumb',
  };
}
