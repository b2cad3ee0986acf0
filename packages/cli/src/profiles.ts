import { statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '@wardgrid/base';
import type { Config } from './config.ts';
import { CliError, usageError } from './errors.ts';
import { readSmallFile, writePrivateFile } from './files.ts';

/** Who is signed in at which controller. */
export interface Profile {
  readonly controller: string;
  readonly token: string;
  /** The token's id when it was made for this profile: sign-out then revokes it. */
  readonly tokenId: string | null;
  readonly email: string;
  /** The one CA to trust, PEM; null for the system's. */
  readonly ca: string | null;
}

type Profiles = Readonly<Record<string, Profile>>;

const DEFAULT_PROFILE = 'default';
const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

/** The name of the profile in use. @throws CliError `usage` when it cannot be a name. */
export function profileNameOf(config: Config, option: string | undefined): string {
  const name = option ?? config.profile ?? DEFAULT_PROFILE;
  if (PROFILE_NAME.test(name)) return name;
  throw usageError(`'${name}' cannot be the name of a profile (letters, digits, '.', '_', '-')`);
}

/** The profile of a name, when there is one. */
export function readProfile(config: Config, name: string): Profile | undefined {
  const profiles = readAll(config);
  return Object.hasOwn(profiles, name) ? profiles[name] : undefined;
}

/** Keeps a profile, replacing one of the same name. */
export function writeProfile(config: Config, name: string, profile: Profile): void {
  writeAll(config, { ...readAll(config), [name]: profile });
}

/** Forgets a profile. */
export function removeProfile(config: Config, name: string): void {
  const { [name]: _, ...others } = readAll(config);
  writeAll(config, others);
}

/** Where the profiles are. */
export function profilesPath(config: Config): string {
  return join(config.configFolder, 'profiles.json');
}

function writeAll(config: Config, profiles: Profiles): void {
  const path = profilesPath(config);
  try {
    writePrivateFile(path, `${JSON.stringify({ version: 1, profiles }, null, 2)}\n`);
  } catch (error) {
    throw new CliError('profile-unusable', `cannot write '${path}': ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function readAll(config: Config): Profiles {
  const path = profilesPath(config);
  const text = readSmallFile(path);
  if (text === undefined) return {};
  requirePrivate(path);
  const profiles = profilesIn(text);
  if (profiles) return profiles;
  throw new CliError('profile-unusable', `'${path}' is damaged; remove it and sign in again`);
}

/** Tokens that others of this machine can read are no secrets any more: say so, as ssh does. */
function requirePrivate(path: string): void {
  if (process.platform === 'win32' || (statSync(path).mode & 0o077) === 0) return;
  throw new CliError(
    'profile-unusable',
    `'${path}' can be read by others; run: chmod 600 '${path}'`,
  );
}

function profilesIn(text: string): Profiles | undefined {
  try {
    const document: unknown = JSON.parse(text);
    if (!isRecord(document) || document['version'] !== 1) return undefined;
    const { profiles } = document;
    if (!isRecord(profiles) || !Object.values(profiles).every(isProfile)) return undefined;
    return profiles as Profiles;
  } catch {
    return undefined;
  }
}

function isProfile(value: unknown): value is Profile {
  if (!isRecord(value)) return false;
  const { controller, token, tokenId, email, ca } = value;
  return (
    [controller, token, email].every((member) => typeof member === 'string') &&
    [tokenId, ca].every((member) => member === null || typeof member === 'string')
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
