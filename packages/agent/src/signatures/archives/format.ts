import { openAr } from './ar.ts';
import { inflate } from './inflate.ts';
import { archiveKindOf, type ArchiveKind } from './kinds.ts';
import { miss, type Opener } from './member.ts';
import { openTar } from './tar.ts';
import { openZip } from './zip.ts';

/** How to open the bytes, when they are an archive. */
export function openerOf(bytes: Buffer): Opener | undefined {
  const kind = archiveKindOf(bytes);
  return kind && OPENERS[kind];
}

const openNothing: Opener = function* openNothing() {
  yield miss('archive-format');
};

/** One packed stream, as a single member. */
function stream(packing: 'gzip' | 'zstd'): Opener {
  return function* openStream(bytes, room) {
    const { bytes: unpacked, missing } = inflate(packing, bytes, room.memberBytes());
    if (missing) yield miss(missing);
    yield { kind: 'member', name: packing, bytes: unpacked };
  };
}

const OPENERS: Readonly<Record<ArchiveKind, Opener>> = {
  zip: openZip,
  gzip: stream('gzip'),
  zstd: stream('zstd'),
  ar: openAr,
  tar: openTar,
  closed: openNothing,
};
