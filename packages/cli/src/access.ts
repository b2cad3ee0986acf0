import { DEFAULT_CONTROLLER_URL, parseControllerUrl } from './address.ts';
import { CliError, usageError } from './errors.ts';
import type { Machine } from './machine.ts';
import type { Options } from './options.ts';
import { profileNameOf, readProfile, type Profile } from './profiles.ts';
import { fetchCa, parseFingerprint, readCaFile } from './trust-anchor.ts';

/** Which controller, what it is trusted by, and which token is for it. */
export interface Access {
  readonly profileName: string;
  /** The profile, when it is one of this very controller. */
  readonly profile: Profile | undefined;
  readonly controllerUrl: string;
  readonly ca: string | null;
  readonly token: string | undefined;
}

/**
 * Decides by options, environment and profile, in this order. The token of a profile goes to the
 * controller of that profile and to no other, whatever the address option says.
 */
export async function readAccess(machine: Machine, options: Options): Promise<Access> {
  const { config } = machine;
  const profileName = profileNameOf(config, options.text('profile'));
  const kept = readProfile(config, profileName);
  const asked = options.text('controller') ?? config.controller;
  const controllerUrl =
    asked === undefined ? (kept?.controller ?? DEFAULT_CONTROLLER_URL) : parseControllerUrl(asked);
  const profile = kept?.controller === controllerUrl ? kept : undefined;
  return {
    profileName,
    profile,
    controllerUrl,
    ca: await readCa({ machine, options, controllerUrl, profile }),
    token: config.token?.reveal() ?? profile?.token,
  };
}

async function readCa(given: {
  readonly machine: Machine;
  readonly options: Options;
  readonly controllerUrl: string;
  readonly profile: Profile | undefined;
}): Promise<string | null> {
  const { machine, options, controllerUrl, profile } = given;
  const file = options.text('caFile');
  const fingerprint = options.text('caFingerprint');
  if (file !== undefined && fingerprint !== undefined) {
    throw usageError('--ca-file and --ca-fingerprint exclude each other');
  }
  if (file !== undefined) return readCaFile(file);
  if (fingerprint === undefined) return profile?.ca ?? null;
  if (!controllerUrl.startsWith('https:')) {
    throw usageError(`--ca-fingerprint needs https://, and the controller is '${controllerUrl}'`);
  }
  return fetchCa({
    controllerUrl,
    fingerprint: parseFingerprint(fingerprint),
    signal: machine.signal,
  });
}

/** The token of an access. @throws CliError `not-signed-in` saying how to sign in. */
export function requireToken({ token, controllerUrl, profileName }: Access): string {
  if (token !== undefined) return token;
  throw new CliError(
    'not-signed-in',
    `not signed in at '${controllerUrl}' with profile '${profileName}'; run: wardgrid login ` +
      `--controller ${controllerUrl}`,
  );
}
