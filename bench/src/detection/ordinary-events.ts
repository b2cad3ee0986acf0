import { createSeededRandom, type Random } from '@wardgrid/base';
import type { DeviceEvent, EventFields } from '@wardgrid/wire';

/* What an ordinary Linux machine runs in a day of building, packaging and administration: programs with
   their command lines, and who starts them. `#` becomes a number, so that no two lines are one string. */

type Template = readonly [executable: string, commandLine: string, parent: string];

const SHELL = '/usr/bin/bash';
const MAKE = '/usr/bin/make';
const DPKG = '/usr/bin/dpkg';
const NODE = '/usr/local/bin/node';
const SYSTEMD = '/usr/lib/systemd/systemd';

const TEMPLATES: readonly Template[] = [
  ['/usr/bin/ls', 'ls --color=auto -la /srv/project-#', SHELL],
  ['/usr/bin/grep', 'grep -rn "handler_#" src/', SHELL],
  ['/usr/bin/sed', 'sed -e s/@VERSION@/1.#/g -i config.h.in', MAKE],
  ['/usr/bin/gcc', 'gcc -O2 -g -Wall -Wextra -I../include -c -o build/unit_#.o src/unit_#.c', MAKE],
  [
    '/usr/lib/gcc/x86_64-linux-gnu/12/cc1',
    '/usr/lib/gcc/x86_64-linux-gnu/12/cc1 -quiet -I ../include -imultiarch x86_64-linux-gnu src/unit_#.c -quiet -dumpbase unit_#.c -mtune=generic -march=x86-64 -g -O2 -Wall -o /tmp/cc#.s',
    '/usr/bin/gcc',
  ],
  ['/usr/bin/as', 'as -I ../include --64 -o build/unit_#.o /tmp/cc#.s', '/usr/bin/gcc'],
  ['/usr/bin/ld', 'ld -plugin liblto_plugin.so -o app_# crt1.o main.o -lc -lgcc_s', '/usr/bin/gcc'],
  ['/usr/bin/dash', '/bin/sh -c "test -d build || mkdir build; echo step #"', MAKE],
  ['/usr/bin/dash', '/bin/sh /var/lib/dpkg/info/libfoo#.postinst configure', DPKG],
  [
    '/usr/bin/dpkg',
    'dpkg --status-fd 13 --unpack --auto-deconfigure /var/cache/apt/archives/libfoo#_1.2-3_amd64.deb',
    '/usr/bin/apt-get',
  ],
  [
    '/usr/bin/dpkg-deb',
    'dpkg-deb --fsys-tarfile /var/cache/apt/archives/libfoo#_1.2-3_amd64.deb',
    DPKG,
  ],
  ['/usr/bin/tar', 'tar -x -f - --warning=no-timestamp', '/usr/bin/dpkg-deb'],
  ['/usr/bin/rm', 'rm -rf -- /var/lib/dpkg/tmp.ci', DPKG],
  ['/usr/bin/mv', 'mv -f build/.deps/unit_#.Tpo build/.deps/unit_#.Po', '/usr/bin/dash'],
  ['/usr/bin/cp', 'cp -a assets/icon-#.png dist/assets/', SHELL],
  ['/usr/bin/install', 'install -m 0644 doc/page-#.md debian/tmp/usr/share/doc/app/', MAKE],
  [NODE, 'node node_modules/.bin/vitest run packages/feature-#/src', SHELL],
  [NODE, 'npm run build --workspace=packages/feature-#', SHELL],
  ['/usr/bin/git', 'git -c core.quotepath=false status --porcelain=v2 --branch', SHELL],
  ['/usr/bin/git', 'git fetch origin feature/ticket-# --depth=1', SHELL],
  ['/usr/bin/python3.11', 'python3 manage.py migrate --plan --database=site#', SHELL],
  ['/usr/bin/python3.11', '/usr/bin/python3 /usr/bin/unattended-upgrade --dry-run', SYSTEMD],
  ['/usr/bin/ssh', 'ssh -o BatchMode=yes deploy@build-#.example.net uptime', SHELL],
  ['/usr/bin/rsync', 'rsync -a --delete /srv/www/ backup-#.example.net::www', '/usr/sbin/cron'],
  ['/usr/sbin/cron', '/usr/sbin/CRON -f', '/usr/sbin/cron'],
  ['/usr/bin/find', 'find /srv/cache -type f -mtime +# -print0', '/usr/bin/dash'],
  ['/usr/bin/awk', "awk '{ sum += $# } END { print sum }' report.tsv", SHELL],
  ['/usr/bin/sort', 'sort -u -k# names.txt', SHELL],
  ['/usr/bin/cat', 'cat /proc/sys/kernel/random/boot_id', SHELL],
  ['/usr/bin/systemctl', 'systemctl is-active app-#.service', SHELL],
  ['/usr/lib/systemd/systemd-udevd', '(udev-worker)', '/usr/lib/systemd/systemd-udevd'],
  ['/usr/sbin/logrotate', '/usr/sbin/logrotate /etc/logrotate.conf', SYSTEMD],
  ['/usr/bin/psql', 'psql -h 127.0.0.1 -p 5432 -d app_# -c "select count(*) from jobs"', SHELL],
  ['/usr/bin/curl', 'curl -fsS -o /dev/null http://127.0.0.1:80#/health', '/usr/bin/dash'],
  ['/usr/bin/date', 'date +%Y-%m-%dT%H:%M:%S.#', '/usr/bin/dash'],
  ['/usr/bin/mkdir', 'mkdir -p build/obj/unit_#', MAKE],
  ['/usr/bin/touch', 'touch build/stamp-#', MAKE],
  ['/usr/bin/less', 'less /var/log/app/server-#.log', SHELL],
  ['/usr/bin/vim.basic', 'vim src/handlers/handler_#.ts', SHELL],
  ['/usr/bin/docker', 'docker compose ps --format json app-#', SHELL],
];

/** So many ordinary exec events, the same for the same seed. */
export function ordinaryEvents(count: number, seed: number): readonly DeviceEvent[] {
  const random = createSeededRandom(seed);
  return Array.from({ length: count }, (_, order) => eventOf(random, order));
}

function eventOf(random: Random, order: number): DeviceEvent {
  const [executable, line, parent] = TEMPLATES[numberBelow(random, TEMPLATES.length)] ?? [
    SHELL,
    'bash',
    SHELL,
  ];
  const commandLine = line.replaceAll('#', () => String(numberBelow(random, 100_000)));
  return {
    id: '01890000-0000-7000-8000-000000000000',
    class: 'process',
    action: 'exec',
    at: 1_700_000_000_000 + order * 5,
    order,
    sensor: 'process',
    fields: fieldsOf({ executable, commandLine, parent }, order),
    missing: [],
  };
}

function fieldsOf(
  given: { readonly executable: string; readonly commandLine: string; readonly parent: string },
  order: number,
): EventFields {
  return {
    'process.entity_id': `boot-${order}`,
    'process.pid': 1_000 + (order % 30_000),
    'process.executable': given.executable,
    'process.name': nameOf(given.executable),
    'process.args': given.commandLine.split(' '),
    'process.command_line': given.commandLine,
    'process.working_directory': '/srv/project',
    'process.parent.entity_id': 'boot-parent',
    'process.parent.pid': 900,
    'process.parent.executable': given.parent,
    'process.parent.name': nameOf(given.parent),
    'process.parent.command_line': nameOf(given.parent),
    'process.ancestors': ['/usr/sbin/sshd', SYSTEMD],
    'user.id': 1_000,
    'user.name': 'builder',
  };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function numberBelow(random: Random, limit: number): number {
  return Math.floor(random.fraction() * limit);
}
