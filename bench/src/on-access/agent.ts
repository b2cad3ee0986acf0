/* File protection alone, with the rules that the product ships, in a process of its own. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { giveBackMemory } from '@wardgrid/agent/platform/linux/memory';
import { createFileProtection } from '@wardgrid/agent/sensors/files/index';
import { silentLog } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { DEFAULT_PROTECTION, type ProtectionMode } from '@wardgrid/wire';

const RULES = fileURLToPath(new URL('../../../rules/yara/', import.meta.url));
const [mountPoint = ''] = process.argv.slice(2);

const yara = readdirSync(RULES, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.yara?$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(RULES, name), 'utf8') }));
const content = { yara, hashes: [] };

/** What the bench wants: another mode, or null to know what memory is held. */
interface Wish {
  readonly mode: ProtectionMode | null;
  readonly hasRules: boolean;
}

const policyOf = (mode: ProtectionMode) => ({ ...DEFAULT_PROTECTION, mode, canaries: false });

const protection = createFileProtection({
  clock: systemClock,
  log: silentLog,
  policy: policyOf('off'),
  content,
  mountPoints: [mountPoint],
  canaryFolders: [],
  onEvents: () => {},
  onVerdict: (file) => file.close(),
});
await protection.start();

/** A change of mode starts scanners anew and empties every cache: what follows is cold. */
for await (const line of createInterface({ input: process.stdin })) {
  const { mode, hasRules } = JSON.parse(line) as Wish;
  const rules = hasRules ? content : { yara: [], hashes: [] };
  if (mode !== null) await protection.update({ policy: policyOf(mode), content: rules });
  else giveBackMemory(); // As the whole agent does once a minute.
  const answer = {
    health: protection.health()[0],
    engines: protection.engines(),
    rssBytes: process.memoryUsage.rss(),
  };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await protection.stop();
