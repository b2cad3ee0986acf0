import type { GlanceRules } from '../../signatures/glance.ts';
import type { EngineState } from '../../signatures/index.ts';
import type { FileVerdict } from '../../protect/parts.ts';
import type { FileIdentity } from './denied-files.ts';
import type { ProcessFacts } from './process-facts.ts';

/** Why a file was refused or is spoken of. */
export type ReportReason = 'malware' | 'incomplete' | 'denied' | 'world-writable';

/** What a scanner tells the main thread about a file that is not simply clean. */
export interface FileReport extends FileIdentity {
  readonly trigger: 'open' | 'exec' | 'write';
  readonly reason: ReportReason;
  readonly verdict: FileVerdict;
  /** Whether a hit counts by the policy: one below its confidence is reported only. */
  readonly isDecisive: boolean;
  /** Whether somebody was refused the file. */
  readonly wasBlocked: boolean;
  /** For people; never act by it. Null when it is too long to be read. */
  readonly path: string | null;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
  readonly process: ProcessFacts;
  /** A descriptor of the file, now the receiver's to close; null when there were too many. */
  readonly fd: number | null;
}

/** What a scanner thread tells. */
export type ScannerMessage =
  | { readonly kind: 'ready' }
  /** How the engines are, once after the start, and by what files may be passed over without them. */
  | {
      readonly kind: 'engines';
      readonly engines: readonly EngineState[];
      readonly glance: GlanceRules | null;
    }
  | { readonly kind: 'report'; readonly report: FileReport }
  /** A refused file was written anew and found clean. */
  | { readonly kind: 'cleaned'; readonly file: FileIdentity };
