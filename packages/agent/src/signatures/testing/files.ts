import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileVerdict, ScannedFile } from '../../protect/parts.ts';
import type { SignatureScanner } from '../index.ts';

/** A folder of files to scan, and a way to scan them. */
export interface ScanFolder {
  readonly path: string;
  readonly write: (name: string, bytes: Uint8Array | string) => string;
  readonly close: () => void;
}

export function createScanFolder(): ScanFolder {
  const path = mkdtempSync(join(tmpdir(), 'wardgrid-scan-'));
  return {
    path,
    write(name, bytes) {
      const file = join(path, name);
      writeFileSync(file, bytes);
      return file;
    },
    close: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Opens a file and lets a scanner look at it. */
export function scanPath(scanner: SignatureScanner, path: string, budgetMs = 10_000): FileVerdict {
  const fd = openSync(path, 'r');
  try {
    return scanner.scan(scannedFile(fd, path), budgetMs);
  } finally {
    closeSync(fd);
  }
}

export function scannedFile(fd: number, path: string): ScannedFile {
  const stat = fstatSync(fd, { bigint: true });
  return {
    fd,
    path,
    sizeBytes: Number(stat.size),
    device: stat.dev,
    inode: stat.ino,
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
  };
}
