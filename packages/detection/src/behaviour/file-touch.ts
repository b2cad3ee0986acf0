import type { DeviceEvent } from '@wardgrid/wire';
import { keptText } from '../kept-text.ts';
import type { BurstBody } from '../rule.ts';

/** Longest path kept of a touched file: hostile ones are many and long. */
const PATH_LENGTH_MAX = 1_024;

/** What an event did to one file, as far as a burst wants to know. */
export interface Touch {
  /** The file: by its path before a rename, so that write and rename are one. */
  readonly path: string;
  readonly at: number;
  readonly folder: string;
  /** The extension it had; null when it had none. */
  readonly extension: string | null;
  /** The extension that a rename gave it; null when it kept its own. */
  readonly newExtension: string | null;
  /** Its content looks encrypted. */
  readonly isSigned: boolean;
}

/** What a file event did; undefined when it names no file. */
export function touchOf(event: DeviceEvent, body: BurstBody): Touch | undefined {
  const path = event.fields['file.path'];
  if (typeof path !== 'string') return undefined;
  const previous = event.fields['file.previous_path'];
  const before = typeof previous === 'string' ? previous : path;
  const extension = extensionOf(before);
  const after = extensionOf(path);
  return {
    path: keptText(before, PATH_LENGTH_MAX),
    at: event.at,
    folder: keptText(before.slice(0, Math.max(0, separatorAt(before))), PATH_LENGTH_MAX),
    extension,
    newExtension: before === path || after === extension ? null : after,
    isSigned: isEncrypted(event, body),
  };
}

function separatorAt(path: string): number {
  return Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
}

/** Longest text behind a dot that is an extension. */
const EXTENSION_LENGTH_MAX = 32;

function extensionOf(path: string): string | null {
  const name = path.slice(separatorAt(path) + 1);
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
  return extension === '' || extension.length > EXTENSION_LENGTH_MAX ? null : extension;
}

function isEncrypted(event: DeviceEvent, body: BurstBody): boolean {
  const entropy = event.fields['file.entropy'];
  if (body.entropy === null || typeof entropy !== 'number' || entropy < body.entropy) return false;
  const before = event.fields['file.entropy_before'];
  return typeof before !== 'number' || entropy - before >= body.entropyRise;
}
