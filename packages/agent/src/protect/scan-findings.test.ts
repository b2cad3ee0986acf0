import { expect, test } from 'vitest';
import type { RuleSwitch } from '@wardgrid/wire';
import type { ScanHit } from '../malware-scan/index.ts';
import type { FileHit } from './parts.ts';
import { createScanFindings } from './scan-findings.ts';

const worst: FileHit = {
  engine: 'yara',
  rule: 'implant',
  title: 'Implant',
  severity: 'critical',
  confidence: 95,
  techniques: [],
  author: null,
  matches: [],
};

/** A region of this very process, in which two rules matched. */
const hit = {
  fd: null,
  path: '',
  verdict: {
    kind: 'malicious',
    hits: [{ ...worst, rule: 'loader', severity: 'high' }, worst],
    sha256: null,
    reason: null,
  },
  process: { pid: process.pid, program: process.execPath, region: 'rwx' },
} as unknown as ScanHit;

/** What is told and asked of the responder about the hit, with rules switched so. */
async function toldOf(
  switches: readonly RuleSwitch[],
): Promise<readonly (readonly [string, boolean])[]> {
  const told: (readonly [string, boolean])[] = [];
  const take = createScanFindings({
    verdicts: { take: () => Promise.reject(new Error('no file was found')) },
    ledger: { note: () => '01890000-0000-7000-8000-000000000001' },
    responder: {
      answer: ({ rule, isReportOnly }) => {
        told.push([rule.id, isReportOnly]);
        return Promise.resolve();
      },
    },
    contentDigest: () => null,
    switches: () => switches,
  });
  await take(hit);
  return told;
}

test('what is in memory is told by its worst rule', async () => {
  expect(await toldOf([])).toEqual([['implant', false]]);
});

test('a rule that only reports ends no process, and one that is off says nothing', async () => {
  expect(await toldOf([{ ruleId: 'implant', setting: 'report' }])).toEqual([['implant', true]]);
  expect(await toldOf([{ ruleId: 'implant', setting: 'off' }])).toEqual([['loader', false]]);
  const off: RuleSwitch[] = ['implant', 'loader'].map((ruleId) => ({ ruleId, setting: 'off' }));
  expect(await toldOf(off)).toEqual([]);
});
