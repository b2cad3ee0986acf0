import type { Severity } from '@wardgrid/wire';

/** What must hold of an open port for a rule to fire. Every part that is given must hold. */
export interface PortCondition {
  /** One of these services, as the agent recognised them. */
  readonly services?: readonly string[];
  /** One of these ports, for services that only their number tells. */
  readonly ports?: readonly number[];
  /** True: it served a stranger. False: it asked for a sign-in, or was not asked. */
  readonly isUnauthenticated?: boolean;
  /** Whether it speaks TLS. */
  readonly isTls?: boolean;
  readonly versions?: readonly string[];
  readonly bannerPrefixes?: readonly string[];
  readonly certificate?: 'expired' | 'expiring' | 'self-signed';
}

/** A rule about an open port, as data. */
export interface PortRule {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly remedy: string;
  readonly condition: PortCondition;
}

/** Certificates that expire sooner than this are told: two weeks are enough to renew one in. */
export const EXPIRING_DAYS = 14;

const CLOSE_OR_LIMIT =
  'Close the port, or let only the machines that need it reach it with a firewall.';

const DATABASES: readonly string[] = [
  'mysql',
  'postgresql',
  'mssql',
  'oracle',
  'redis',
  'mongodb',
  'memcached',
  'elasticsearch',
  'cassandra',
  'couchdb',
  'etcd',
  'zookeeper',
];

/** Services with a rule of their own for strangers being served. */
const SERVED_STRANGERS = {
  redis: 'unauthenticated-redis',
  mongodb: 'unauthenticated-mongodb',
  elasticsearch: 'unauthenticated-elasticsearch',
} as const;

const TITLES = { redis: 'Redis', mongodb: 'MongoDB', elasticsearch: 'Elasticsearch' } as const;

const databasesWithoutSignIn: readonly PortRule[] = (
  ['redis', 'mongodb', 'elasticsearch'] as const
).map((service) => ({
  id: SERVED_STRANGERS[service],
  title: `${TITLES[service]} serves anyone without a sign-in`,
  severity: 'critical',
  remedy: `Turn on authentication in ${TITLES[service]} and bind it to the addresses that need it.`,
  condition: { services: [service], isUnauthenticated: true },
}));

/** Every rule about open ports. Nothing is guessed from version numbers: distributions mend old ones. */
export const portRules: readonly PortRule[] = [
  {
    id: 'open-port',
    title: 'A port is open',
    severity: 'info',
    remedy: 'Check that the service is wanted; stop it or close the port if not.',
    condition: {},
  },
  {
    id: 'cleartext-remote-shell',
    title: 'A remote shell sends passwords in clear text',
    severity: 'high',
    remedy: 'Turn the service off and use SSH instead.',
    condition: { services: ['telnet', 'rsh', 'rlogin', 'rexec'], isTls: false },
  },
  {
    id: 'cleartext-ftp',
    title: 'FTP sends passwords and files in clear text',
    severity: 'medium',
    remedy: 'Use SFTP, or FTP with TLS required.',
    condition: { services: ['ftp'], isTls: false },
  },
  {
    id: 'ssh-protocol-1',
    title: 'SSH still speaks protocol 1',
    severity: 'high',
    remedy: 'Allow protocol 2 alone: protocol 1 can be broken into by whoever listens.',
    condition: { services: ['ssh'], bannerPrefixes: ['SSH-1.'] },
  },
  ...databasesWithoutSignIn,
  {
    id: 'unauthenticated-docker-api',
    title: 'The Docker API serves anyone without a sign-in',
    severity: 'critical',
    remedy: 'Close the port or require client certificates: whoever reaches it owns the machine.',
    condition: { services: ['docker'], isUnauthenticated: true },
  },
  {
    id: 'unauthenticated-memcached',
    title: 'memcached serves anyone without a sign-in',
    severity: 'high',
    remedy: 'Bind memcached to the loopback address, or limit the port with a firewall.',
    condition: { services: ['memcached'], isUnauthenticated: true },
  },
  {
    id: 'unauthenticated-mqtt',
    title: 'An MQTT broker serves anyone without a sign-in',
    severity: 'high',
    remedy: 'Turn off anonymous clients in the broker.',
    condition: { services: ['mqtt', 'mqtts'], isUnauthenticated: true },
  },
  {
    id: 'unauthenticated-vnc',
    title: 'VNC shows the screen to anyone without a password',
    severity: 'critical',
    remedy: 'Set a password at once, and reach VNC only through SSH or a VPN.',
    condition: { services: ['vnc'], isUnauthenticated: true },
  },
  {
    id: 'exposed-database',
    title: 'A database can be reached over the network',
    severity: 'medium',
    remedy: CLOSE_OR_LIMIT,
    condition: { services: DATABASES, isUnauthenticated: false },
  },
  {
    id: 'exposed-smb',
    title: 'File sharing (SMB) can be reached',
    severity: 'low',
    remedy: 'Turn file sharing off where it is not used; never let it be reached from outside.',
    condition: { services: ['smb'] },
  },
  {
    id: 'smb-1',
    title: 'File sharing speaks SMB 1',
    severity: 'high',
    remedy: 'Turn SMB 1 off: worms spread over it, and it protects nothing it carries.',
    condition: { services: ['smb'], versions: ['1'] },
  },
  {
    id: 'exposed-file-share',
    title: 'A file share can be reached',
    severity: 'low',
    remedy: CLOSE_OR_LIMIT,
    condition: { services: ['nfs', 'rsync', 'afp', 'iscsi'] },
  },
  {
    id: 'exposed-rdp',
    title: 'Remote desktop (RDP) can be reached',
    severity: 'medium',
    remedy: 'Reach remote desktops only through a VPN or gateway, with a second factor.',
    condition: { services: ['rdp'] },
  },
  {
    id: 'rdp-standard-security',
    title: 'Remote desktop uses the old RDP security',
    severity: 'high',
    remedy: 'Require network level authentication: the old security cannot tell who answers.',
    condition: { services: ['rdp'], versions: ['standard security'] },
  },
  {
    id: 'exposed-vnc',
    title: 'VNC can be reached',
    severity: 'medium',
    remedy: 'Reach VNC only through SSH or a VPN: what it carries is not encrypted.',
    condition: { services: ['vnc'], isUnauthenticated: false },
  },
  {
    id: 'printer-raw-port',
    title: 'A printer takes raw jobs from anyone',
    severity: 'info',
    remedy: 'Let only the print server reach the port, or turn raw printing off.',
    condition: { services: ['jetdirect'] },
  },
  {
    id: 'exposed-management',
    title: 'A management interface can be reached',
    severity: 'medium',
    remedy: 'Put management interfaces into a network of their own.',
    condition: { services: ['winrm', 'kubernetes', 'kubelet', 'docker'], isUnauthenticated: false },
  },
  {
    id: 'exposed-hardware-management',
    title: 'Remote control of the hardware can be reached',
    severity: 'medium',
    remedy: 'Put hardware management (IPMI, AMT, hypervisors) into a network of its own.',
    // IPMI, AMT, VMware, Proxmox, MikroTik, Cisco Smart Install.
    condition: { ports: [623, 664, 902, 4786, 8006, 8291, 16992, 16993, 16994, 16995] },
  },
  {
    id: 'exposed-industrial-control',
    title: 'Industrial control can be reached, and its protocol knows no sign-in',
    severity: 'medium',
    remedy: 'Separate control systems from other networks.',
    condition: { services: ['modbus', 'bacnet'] },
  },
  {
    id: 'certificate-expired',
    title: 'A certificate has expired',
    severity: 'medium',
    remedy: 'Renew the certificate, and renew it by itself from then on.',
    condition: { certificate: 'expired' },
  },
  {
    id: 'certificate-expiring',
    title: `A certificate expires within ${EXPIRING_DAYS} days`,
    severity: 'low',
    remedy: 'Renew the certificate before it expires.',
    condition: { certificate: 'expiring' },
  },
  {
    id: 'certificate-self-signed',
    title: 'A certificate vouches for itself',
    severity: 'low',
    remedy: 'Use a certificate of an authority that the clients trust.',
    condition: { certificate: 'self-signed' },
  },
];

/** The rule about a machine as a whole: one on an approved network on which no agent runs. */
export const unmanagedAssetRule = {
  id: 'unmanaged-asset',
  title: 'A machine without an agent is on the network',
  severity: 'low',
  remedy: 'Install the agent, or ignore the machine if it cannot run one.',
} as const satisfies Omit<PortRule, 'condition'>;
