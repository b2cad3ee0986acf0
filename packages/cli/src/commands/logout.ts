import { messageOf } from '@wardgrid/base';
import { readAccess } from '../access.ts';
import type { CommandSpec, Invocation } from '../command-spec.ts';
import { CliError, ExitCode } from '../errors.ts';
import { profileNameOf, readProfile, removeProfile, type Profile } from '../profiles.ts';
import { withConnection } from '../sign-in.ts';

export const logout: CommandSpec = {
  name: 'logout',
  summary: 'forget the profile and revoke its token',
  async run(invocation) {
    const { machine, options, output } = invocation;
    const name = profileNameOf(machine.config, options.text('profile'));
    const profile = readProfile(machine.config, name);
    if (!profile) throw new CliError('not-signed-in', `there is no profile '${name}'`);
    const failure = await revoke(invocation, profile).then(
      () => undefined,
      (error: unknown) => error,
    );
    machine.signal.throwIfAborted();
    removeProfile(machine.config, name);
    const isRevoked = failure === undefined && profile.tokenId !== null;
    output.document({ profile: name, isRevoked }, () => `signed out (profile '${name}')`);
    if (failure === undefined) return ExitCode.ok;
    output.note(`wardgrid: the token could not be revoked: ${messageOf(failure)}`);
    return ExitCode.partial;
  },
};

/** A token that was made for the profile ends with it; one that a person brought stays theirs. */
async function revoke(invocation: Invocation, profile: Profile): Promise<void> {
  const { tokenId, token } = profile;
  if (tokenId === null) return;
  const { ca } = await readAccess(invocation.machine, invocation.options);
  const given = { controllerUrl: profile.controller, token, ca: ca ?? profile.ca };
  await withConnection(invocation, given, ({ call, wire }) =>
    call(wire.apiTokenRoutes.revoke, { params: { id: tokenId } }),
  );
}
