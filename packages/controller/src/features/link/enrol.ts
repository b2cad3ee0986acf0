import { codeOf } from '@wardgrid/base';
import { announceAll } from '../../platform/announce.ts';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError } from '../../platform/error.ts';
import type { Platform } from '../../platform/services.ts';
import { enrolAll, type Enrolment, type EnrolmentVerdict } from '../devices/index.ts';
import type { LinkDeps } from './deps.ts';

/** SQLSTATE: two controllers enrolled the same key pair at the same moment; a second try finds it. */
const DUPLICATE = '23505';
const TRANSIENT: ReadonlySet<string> = new Set([DUPLICATE, '40001', '40P01']);

/** Enrols a batch in one transaction; when one of them breaks it, each is tried alone. */
export async function enrolBatch(
  platform: Platform,
  deps: LinkDeps,
  enrolments: readonly Enrolment[],
): Promise<EnrolmentVerdict[]> {
  try {
    return await enrolOnce(platform, deps, enrolments);
  } catch (error) {
    if (error instanceof ControllerError) throw error;
    if (TRANSIENT.has(codeOf(error) ?? '')) return enrolOnce(platform, deps, enrolments);
    if (enrolments.length < 2) throw error;
    const verdicts: EnrolmentVerdict[] = [];
    for (const enrolment of enrolments) {
      verdicts.push(...(await enrolBatch(platform, deps, [enrolment])));
    }
    return verdicts;
  }
}

function enrolOnce(
  platform: Platform,
  deps: LinkDeps,
  enrolments: readonly Enrolment[],
): Promise<EnrolmentVerdict[]> {
  const { newId, clock, keys, place } = platform;
  const enrolledBy = place.role === 'cloud' ? null : keys.controllerId;
  const enrolDeps = { newId, now: clock.now, enrolledBy, licenceOf: deps.licenceOf };
  return platform.database.transact({ kind: 'ingest' }, async (tx) => {
    const verdicts = await enrolAll(tx, enrolDeps, enrolments);
    await tellAll(tx, { nowMs: platform.clock.now(), deps }, verdicts);
    return verdicts;
  });
}

async function tellAll(
  tx: Transaction,
  { nowMs, deps }: { readonly nowMs: number; readonly deps: LinkDeps },
  verdicts: readonly EnrolmentVerdict[],
): Promise<void> {
  const made = verdicts.flatMap((verdict) =>
    verdict.kind === 'enrolled' && verdict.device ? [verdict.device] : [],
  );
  await announceAll(tx, { noun: 'devices', verb: 'created', nowMs }, made);
  const keys = new Map(
    made.flatMap(({ enrolmentKeyId: id, ...device }) =>
      id === null ? [] : [[id, { ...device, id }]],
    ),
  );
  await announceAll(tx, { noun: 'enrolment-keys', verb: 'changed', nowMs }, [...keys.values()]);
  for (const device of made) {
    if (device.splitFromId === null) continue;
    await deps.incidents.identityCloned(tx, {
      tenantId: device.tenantId,
      organizationId: device.organizationId,
      scope: device.scope,
      originalDeviceId: device.splitFromId,
      newDeviceId: device.id,
      hostname: device.machine.hostname,
    });
  }
}
