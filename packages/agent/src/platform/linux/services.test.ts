import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readServices } from './services.ts';
import { parseSystemdServices } from './systemd-services.ts';
import { createSource, NEVER } from './testdata/machine.ts';

const UNITS = `ssh.service loaded active running OpenBSD Secure Shell server
apparmor.service loaded active exited Load AppArmor profiles
nginx.service loaded failed failed A high performance web server
cron.service loaded inactive dead Regular background program processing daemon
getty@tty1.service loaded active running Getty on tty1
ghost.service not-found inactive dead ghost.service
masked.service masked inactive dead masked.service
dbus.socket loaded active running D-Bus System Message Bus Socket
`;
const FILES = `ssh.service enabled enabled
sshd.service alias -
apparmor.service enabled enabled
nginx.service disabled enabled
cron.service static -
getty@.service enabled enabled
masked.service masked enabled
rsync.service disabled enabled
`;

const INIT = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          cron
# Default-Start:     2 3 4 5
# Short-Description: Regular background program
### END INIT INFO
`;

describe('services', () => {
  test('both listings of systemd make one list', () => {
    const rows = parseSystemdServices(UNITS, FILES).map((row) => [
      row.name,
      row.state,
      row.startMode,
    ]);
    expect(rows).toEqual([
      ['ssh', 'running', 'auto'],
      ['apparmor', 'running', 'auto'],
      ['nginx', 'failed', 'disabled'],
      ['cron', 'stopped', 'manual'],
      ['getty@tty1', 'running', 'auto'],
      ['masked', 'stopped', 'disabled'],
      ['rsync', 'stopped', 'disabled'],
    ]);
    expect(parseSystemdServices(UNITS, FILES)[0]?.displayName).toBe('OpenBSD Secure Shell server');
  });

  test('systemd is asked where it is the first process', async () => {
    const outputs = { '/usr/bin/systemctl list-units': UNITS };
    const files = { 'run/systemd/system/x': '', 'etc/init.d/cron': INIT };
    const asked = await readServices(createSource(files, outputs), NEVER);
    expect(asked.services.map((row) => row.name)).toContain('nginx');
    const silent = await readServices(createSource(files), NEVER);
    expect(silent.services.map((row) => row.name)).toEqual(['cron']);
  });

  test('init scripts are read, not run', async () => {
    const source = createSource({
      'etc/init.d/cron': INIT,
      'etc/init.d/README': 'read me',
      'etc/init.d/old': '#!/bin/sh',
      'etc/init.d/bad name\n': '#!/bin/sh',
      'etc/init.d/web': '#!/bin/sh',
      'etc/rc2.d/S01cron': '-> ../init.d/cron',
      'run/cron.pid': '77\n',
      'run/web.pid': '../../x\n',
      'run/old.pid': '4194304\n',
      'proc/77/stat': '77 (cron) S',
    });
    expect((await readServices(source, NEVER)).services).toEqual([
      {
        name: 'cron',
        displayName: 'Regular background program',
        state: 'running',
        startMode: 'auto',
      },
      { name: 'old', displayName: null, state: 'stopped', startMode: 'disabled' },
      { name: 'web', displayName: null, state: 'unknown', startMode: 'disabled' },
    ]);
  });

  test('the records of OpenRC tell the state', async () => {
    const source = createSource({
      'etc/init.d/sshd': 'description="OpenSSH server"\n',
      'etc/init.d/chronyd': '',
      'run/openrc/softlevel': 'default',
      'run/openrc/started/sshd': '',
      'run/openrc/failed/chronyd': '',
      'etc/runlevels/default/sshd': '',
    });
    expect((await readServices(source, NEVER)).services).toMatchObject([
      { name: 'chronyd', state: 'failed', startMode: 'disabled' },
      { name: 'sshd', displayName: 'OpenSSH server', state: 'running', startMode: 'auto' },
    ]);
  });

  test('a machine without any service manager has no services', async () => {
    const services = await readServices(createSource({}), NEVER);
    expect(services).toEqual({ section: 'services', services: [], isTruncated: false });
  });

  test('no output makes the parser throw', () => {
    const word = fc.constantFrom(
      'a.service',
      '.service',
      'loaded',
      'active',
      '\t',
      '\n',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string())), (words) => {
        for (const row of parseSystemdServices(words.join(' '), words.join('\n'))) {
          expect(['running', 'stopped', 'failed', 'unknown']).toContain(row.state);
          expect(['auto', 'manual', 'disabled', 'unknown']).toContain(row.startMode);
        }
      }),
    );
    const [row] = parseSystemdServices('a.service loaded constructor x', 'a.service __proto__');
    expect(row).toMatchObject({ state: 'unknown', startMode: 'unknown' });
  });
});
