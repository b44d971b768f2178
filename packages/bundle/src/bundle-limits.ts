import { MAX_FILES } from "./manifest.ts";

/** How much of a bundle is read before it is refused. */
export interface BundleLimits {
  /** Most files, the manifest and the checksum list included. */
  readonly maxEntries: number;
  /** Largest single file, unpacked. */
  readonly maxEntryBytes: number;
  /** All files together, unpacked. */
  readonly maxTotalBytes: number;
}

const MIB = 1024 * 1024;

/** Several times what a real bundle needs, and far below what fills a disk or the memory. */
export const DEFAULT_LIMITS: BundleLimits = {
  maxEntries: MAX_FILES + 2,
  maxEntryBytes: 512 * MIB,
  maxTotalBytes: 1024 * MIB,
};

/** Largest manifest or checksum list; both are held in memory. */
export const MAX_DESCRIPTION_BYTES = 16 * MIB;
