import type { Destination } from "./destination.ts";
import type { Slug } from "./slug.ts";

/** A short link as it is stored. Times have millisecond precision. */
export interface Link {
  readonly slug: Slug;
  readonly destination: Destination;
  readonly title: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** From this moment on the link answers "expired"; null means never. */
  readonly expiresAt: Date | null;
  /** Followed this many times, as far as flushed to the store. */
  readonly clicks: number;
}
