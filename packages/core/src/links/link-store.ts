import type { Destination } from "./destination.ts";
import type { Link } from "./link.ts";
import type { Slug } from "./slug.ts";

/** What a redirect needs to know, and nothing else. Times are milliseconds since 1970. */
export interface RedirectTarget {
  readonly destination: Destination;
  readonly expiresAtMs: number | null;
}

/** A place in the list of links: the link that was shown last. */
export interface LinkCursor {
  readonly createdAtMs: number;
  readonly slug: Slug;
}

/** What may change about a link; an absent field stays as it is. */
export interface LinkChanges {
  readonly destination?: Destination;
  readonly title?: string | null;
  readonly expiresAt?: Date | null;
}

/**
 * Where links are kept. Every implementation passes `describeLinkStoreContract`.
 * All methods throw (or reject with) a `LinkStoreError` when the database does not do its work.
 */
export interface LinkStore {
  /** Stores a new link with 0 clicks; says "slug-taken", and changes nothing, if the slug exists. */
  insert(link: Omit<Link, "clicks">): Promise<"inserted" | "slug-taken">;
  find(slug: Slug): Promise<Link | null>;
  /** The redirect's lookup. Answers at once, without a promise, where the database is in process. */
  findTarget(slug: Slug): RedirectTarget | null | Promise<RedirectTarget | null>;
  /** Newest first, ties by slug downwards; starts behind `after`; at most `limit` links. */
  list(page: {
    readonly after: LinkCursor | null;
    readonly limit: number;
  }): Promise<readonly Link[]>;
  /** Applies the changes at once and gives the link as it is now; null if there is none. */
  update(slug: Slug, changes: LinkChanges, updatedAt: Date): Promise<Link | null>;
  /** False if there was none. */
  remove(slug: Slug): Promise<boolean>;
  /** Adds all counts or none; a slug that no longer exists is left out. */
  addClicks(counts: ReadonlyMap<Slug, number>): Promise<void>;
  /** Resolves when the database can be read. */
  check(): Promise<void>;
}

/** The database did not do its work: unreachable, busy, full or broken. The cause is the driver's error. */
export class LinkStoreError extends Error {
  override readonly name = "LinkStoreError";
}
