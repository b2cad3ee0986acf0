/** How far into an archive is looked. Beyond a limit the file is incomplete. */
export interface ArchiveLimits {
  /** Archives within archives: installers nest two or three deep. */
  readonly depthMax: number;
  /** Members of all levels together: the largest packages have some thousands. */
  readonly membersMax: number;
  /** One member unpacked, held in memory, once a level. */
  readonly memberBytesMax: number;
  /** All members together: what a scanner unpacks in one or two seconds. */
  readonly totalBytesMax: number;
  /** Unpacked to packed bytes of the outermost file; ordinary text reaches 20. */
  readonly ratioMax: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  depthMax: 4,
  membersMax: 10_000,
  memberBytesMax: 16 * 1_024 * 1_024,
  totalBytesMax: 128 * 1_024 * 1_024,
  ratioMax: 200,
};

/** Unpacked bytes from which on the ratio is looked at: a few zeroes are no bomb. */
export const RATIO_BYTES_MIN = 4 * 1_024 * 1_024;
