import type { Clock } from "./clock.ts";
import { parseDestination } from "./destination.ts";
import { linkNotFound } from "./find-link.ts";
import { parseExpiry } from "./link-expiry.ts";
import type { LinkFailure } from "./link-failure.ts";
import type { LinkChanges, LinkStore } from "./link-store.ts";
import { parseTitle } from "./link-title.ts";
import type { Link } from "./link.ts";
import { fail, succeed, type Result } from "./result.ts";
import { parseSlug } from "./slug.ts";

/** What a client wants changed, not checked yet; an absent field stays as it is. */
export interface LinkChangeRequest {
  readonly destination?: string | undefined;
  readonly title?: string | null | undefined;
  /** RFC 3339 with offset. */
  readonly expiresAt?: string | null | undefined;
}

/** Changes a link, all fields or none. */
export async function updateLink(
  deps: { readonly store: LinkStore; readonly clock: Clock },
  slugText: string,
  request: LinkChangeRequest,
): Promise<Result<Link, LinkFailure>> {
  const slug = parseSlug(slugText);
  if (!slug.ok) return fail(linkNotFound);
  const now = deps.clock.now();
  const changes = parseChanges(request, now);
  if (!changes.ok) return changes;
  const link = await deps.store.update(slug.value, changes.value, now);
  return link === null ? fail(linkNotFound) : succeed(link);
}

function parseChanges(request: LinkChangeRequest, now: Date): Result<LinkChanges, LinkFailure> {
  let changes: LinkChanges = {};
  if (request.destination !== undefined) {
    const destination = parseDestination(request.destination);
    if (!destination.ok) return destination;
    changes = { ...changes, destination: destination.value };
  }
  if (request.title !== undefined) {
    const title = parseTitle(request.title);
    if (!title.ok) return title;
    changes = { ...changes, title: title.value };
  }
  if (request.expiresAt !== undefined) {
    const expiresAt = parseExpiry(request.expiresAt, now);
    if (!expiresAt.ok) return expiresAt;
    changes = { ...changes, expiresAt: expiresAt.value };
  }
  return succeed(changes);
}
