import type { NamedFile, Quarantine } from '../../quarantine/index.ts';
import { JobError, type JobHandler } from '../job.ts';

/** Seals the file that the order names, and no other content than the one it names. */
export function createQuarantineHandler(
  quarantine: Pick<Quarantine, 'seal'>,
  open: (path: string) => NamedFile,
): JobHandler<'quarantine'> {
  return async ({ arguments: { path, sha256 } }) => {
    const file = open(path);
    try {
      if (sha256 !== null && (await file.sha256()) !== sha256) {
        throw new JobError('file-changed', 'the file has another content now');
      }
      const reason = { findingId: null, rule: null, pid: null };
      const { file: sealed, isHarmless } = await quarantine.seal(file.fd, reason);
      if (!isHarmless) {
        throw new JobError('file-stays', sealed.note ?? 'it is sealed but could not be removed');
      }
      return { summary: { files: 1, sizeBytes: sealed.sizeBytes }, coverage: null };
    } finally {
      file.close();
    }
  };
}
