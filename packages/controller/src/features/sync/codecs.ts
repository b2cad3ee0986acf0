import type { Json } from '@wardgrid/base';
import { decodeHex, encodeHex } from '@wardgrid/base';
import { openWith, sealWith, type SecretStore } from '../../platform/secrets.ts';
import type { TypedRecord } from './typed-repository.ts';
import type { Fold, SyncType } from './types/index.ts';

/** Secrets of accounts travel sealed with a key that only the tenant's controllers have. */
export interface Codecs {
  /** Fields as they leave: sealed with the directory's key instead of this controller's. */
  readonly outgoing: (
    tenantId: string,
    given: {
      readonly type: string;
      readonly id: string;
      readonly fields: Readonly<Record<string, Json>>;
    },
  ) => Promise<Readonly<Record<string, Json>>>;
  /** Children of a row as they are kept here. What does not open is left out: its owner sets it anew. */
  readonly incoming: (
    tenantId: string,
    given: {
      readonly type: SyncType;
      readonly id: string;
      readonly field: string;
      readonly items: readonly Json[];
    },
  ) => Promise<readonly TypedRecord[]>;
}

/** How PostgreSQL writes bytes in JSON. */
const HEX_PREFIX = '\\x';

/** What the codecs need. */
export interface CodecDeps {
  readonly types: readonly SyncType[];
  readonly secrets: Pick<SecretStore, 'seal' | 'open'>;
  /** The key under which secrets of a tenant travel between its controllers. */
  readonly directoryKeyOf: (tenantId: string) => Promise<Uint8Array>;
}

export function createCodecs({ types, secrets, directoryKeyOf }: CodecDeps): Codecs {
  const byName = new Map(types.map((type) => [type.name, type]));

  /** Makes each sealed value of a row's children another. */
  async function recode(
    given: { readonly fold: Fold; readonly id: string; readonly items: readonly Json[] },
    change: (bytes: Uint8Array, purpose: string) => Uint8Array | null,
  ): Promise<TypedRecord[]> {
    const { fold, id, items } = given;
    return items.filter(isRecord).map((item) => {
      const changed: Record<string, Json> = { ...item };
      for (const [column, purpose] of Object.entries(fold.sealed ?? {})) {
        const value = changed[column];
        if (typeof value !== 'string') continue;
        const bytes = change(decodeHex(value.slice(HEX_PREFIX.length)), `${purpose}:${id}`);
        changed[column] = bytes === null ? null : `${HEX_PREFIX}${encodeHex(bytes)}`;
      }
      return changed;
    });
  }

  return {
    async outgoing(tenantId, { type, id, fields }) {
      const folds = Object.entries(byName.get(type)?.folds ?? {}).filter(
        ([field, fold]) => fold.sealed !== undefined && Array.isArray(fields[field]),
      );
      if (folds.length === 0) return fields;
      const key = await directoryKeyOf(tenantId);
      const changed: Record<string, Json> = { ...fields };
      for (const [field, fold] of folds) {
        const items = fields[field];
        changed[field] = await recode(
          { fold, id, items: Array.isArray(items) ? items : [] },
          (bytes, purpose) => sealWith(key, secrets.open(bytes, purpose), purpose),
        );
      }
      return changed;
    },

    async incoming(tenantId, { type, id, field, items }) {
      const fold = type.folds[field];
      if (fold?.sealed === undefined) return items.filter(isRecord);
      const key = await directoryKeyOf(tenantId);
      return recode({ fold, id, items }, (bytes, purpose) => {
        const plain = openOrNull(key, bytes, purpose);
        return plain && secrets.seal(plain, purpose);
      });
    },
  };
}

function openOrNull(key: Uint8Array, bytes: Uint8Array, purpose: string): Uint8Array | null {
  try {
    return openWith(key, bytes, purpose);
  } catch {
    return null;
  }
}

function isRecord(item: Json): item is Record<string, Json> {
  return typeof item === 'object' && item !== null && !Array.isArray(item);
}
