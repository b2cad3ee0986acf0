import type { SyncLicenceFile } from '@wardgrid/wire';
import type { Platform } from '../../platform/services.ts';
import { openedFile, requireTenantKey } from './licence-files.ts';
import { licenceRepository } from './licence-repository.ts';
import { rowOf } from './licences.ts';

/** Licence files on their way down the chain, to controllers that are cut off with the one they were brought to. */
export interface HandedLicences {
  /** When the licence in force was issued; undefined when there is none. */
  readonly issuedAt: (tenantId: string) => Promise<number | undefined>;
  /** A file that was brought here, or came here, and was issued later than that. */
  readonly laterThan: (tenantId: string, issuedAt: number) => Promise<SyncLicenceFile | undefined>;
  /**
   * Keeps a file that came from above, by the same proof as one that a person brings; one that is not
   * later changes nothing. @throws ControllerError `licence-invalid`.
   */
  readonly take: (file: SyncLicenceFile) => Promise<void>;
}

export function createHandedLicences(platform: Platform): HandedLicences {
  const { database, place } = platform;
  return {
    issuedAt: (tenantId) =>
      database.transact({ kind: 'ingest' }, (tx) => licenceRepository(tx).issuedAt(tenantId)),
    async laterThan(tenantId, issuedAt) {
      if (place.role === 'cloud') return undefined;
      const row = await database.transact({ kind: 'ingest' }, (tx) =>
        licenceRepository(tx).fileLaterThan(tenantId, issuedAt),
      );
      if (!row) return undefined;
      const { envelope: document, installed_at: installedAt, installed_by: installedBy } = row;
      return { document, installedAt, installedBy };
    },
    async take({ document: envelope, installedAt, installedBy }) {
      const scope = place.membership()?.scope;
      if (scope === undefined) return;
      const document = openedFile(platform, envelope);
      const { tenantId, issuedAt } = document;
      await database.transact({ kind: 'ingest' }, async (tx) => {
        await requireTenantKey(tx, document);
        const known = await licenceRepository(tx).issuedAt(tenantId);
        if (known !== undefined && issuedAt <= known) return;
        const by = { at: installedAt, name: installedBy };
        await licenceRepository(tx).keepFile(rowOf(document, envelope, scope), by);
        await tx.publish({ topic: 'tenant.changed', tenantId });
      });
    },
  };
}
