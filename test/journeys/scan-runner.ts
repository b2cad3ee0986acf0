/* Runs one scan inside a namespace and prints its result as JSON: `node scan-runner.ts KIND ORDER`. */
import { discoverHosts, parsePorts, scanPorts } from '@wardgrid/agent/scan/index';
import { systemClock as clock } from '@wardgrid/base/system';

/** What the journey orders, as JSON. */
interface Order {
  readonly cidr?: string;
  readonly nameServers?: readonly string[];
  readonly hasNames?: boolean;
  readonly hosts?: readonly string[];
  readonly ports?: string;
  readonly engine?: 'auto' | 'nmap' | 'native' | 'portable';
  readonly hasRecognition?: boolean;
  readonly packetsPerSecond?: number;
  readonly cancelAfterMs?: number;
}

const [kind = '', text = '{}'] = process.argv.slice(2);
const {
  cidr = '',
  hosts = [],
  ports = 'top',
  cancelAfterMs,
  packetsPerSecond,
  ...rest
}: Order = JSON.parse(text);
const controller = new AbortController();
let cancelledAtMs = 0;
if (cancelAfterMs !== undefined) {
  clock.after(cancelAfterMs, () => {
    cancelledAtMs = clock.monotonic();
    controller.abort();
  });
}
const progress: number[] = [];
const control = {
  ...rest,
  signal: controller.signal,
  clock,
  limits: packetsPerSecond === undefined ? {} : { packetsPerSecond },
  onProgress: () => progress.push(clock.monotonic()),
};
const startMs = clock.monotonic();
const result =
  kind === 'discover'
    ? await discoverHosts({ ...control, cidr })
    : await scanPorts({ ...control, hosts, ports: parsePorts(ports) });
const endMs = clock.monotonic();
const gapsMs = progress.slice(1).map((atMs, index) => atMs - (progress[index] ?? 0));
process.stdout.write(
  JSON.stringify({
    result,
    tookMs: endMs - startMs,
    endedAfterCancelMs: cancelledAtMs > 0 ? endMs - cancelledAtMs : null,
    progressCount: progress.length,
    gapMinMs: Math.min(...gapsMs.slice(0, -1)),
  }),
);
