/**
 * File protection of a Linux device: who opens, runs or writes a file waits, as far as the policy
 * says, until the signature engines have judged it. It owns the sensors `file-access` and
 * `file-change`. It must never hold anybody longer than the deadlines of `shared-state.ts` say, never
 * acts by a file's name, and decides nothing about what happens to a file beyond refusing it: whoever
 * made it is told, with an open descriptor of the file.
 */
import {
  LinuxFileProtection,
  type FileProtection,
  type FileProtectionOptions,
} from './file-protection.ts';

export { homeFolders, removeCanaries } from './canaries.ts';
export type { FileIdentity } from './denied-files.ts';
export type {
  FileException,
  FileProtection,
  FileProtectionOptions,
  FileRules,
  JudgedFile,
} from './file-protection.ts';
export type { FileReport, ReportReason } from './file-report.ts';

/** Makes file protection, stopped. @throws SystemCallError where system calls cannot be made. */
export function createFileProtection(options: FileProtectionOptions): FileProtection {
  return new LinuxFileProtection(options);
}
