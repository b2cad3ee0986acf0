import type { EventFieldName, EventFields } from '@wardgrid/wire';
import type { SensedEvent } from '../../protect/parts.ts';
import type { FileReport } from './file-report.ts';
import { nameFields } from './name-fields.ts';

const ACTIONS = { open: 'open', exec: 'exec', write: 'write' } as const;

/** The event of a file that was judged. */
export function eventOf(report: FileReport, atMs: number): SensedEvent {
  const { path, verdict, process } = report;
  const missing: EventFieldName[] = [...process.missing];
  const fields: EventFields = {
    ...process.fields,
    ...nameFields(path ?? ''),
    'file.inode': String(report.inode),
    'file.device': Number(report.device),
    'file.size': report.sizeBytes,
    'file.mode': report.mode,
    'file.uid': report.uid,
    'file.gid': report.gid,
    'file.mtime': report.mtimeMs,
    'file.verdict': report.reason === 'denied' ? 'denied' : verdict.kind,
    'event.outcome': report.wasBlocked ? 'failure' : 'success',
    'event.reason': verdict.reason ?? report.reason,
  };
  if (path === null) missing.push('file.path');
  if (verdict.sha256 !== null) fields['file.hash.sha256'] = verdict.sha256;
  return {
    class: 'file',
    action: ACTIONS[report.trigger],
    at: atMs,
    sensor: 'file-access',
    fields,
    missing,
  };
}
