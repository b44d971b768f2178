import type { Clock } from "./clock.ts";
import { parseDestination } from "./destination.ts";
import { parseExpiry } from "./link-expiry.ts";
import type { LinkFailure } from "./link-failure.ts";
import type { LinkStore } from "./link-store.ts";
import { parseTitle } from "./link-title.ts";
import type { Link } from "./link.ts";
import type { Random } from "./random.ts";
import { fail, succeed, type Result } from "./result.ts";
import { generateSlug, isReservedSlug, parseSlug, type Slug } from "./slug.ts";

/** What a client asks for, not checked yet. */
export interface NewLinkRequest {
  readonly destination: string;
  readonly slug?: string | undefined;
  readonly title?: string | null | undefined;
  /** RFC 3339 with offset. */
  readonly expiresAt?: string | null | undefined;
}

/** What creating a link needs from outside. */
export interface CreateLinkDeps {
  readonly store: LinkStore;
  readonly clock: Clock;
  readonly random: Random;
}

/** Lengths to try in turn when slugs collide; 55^7 makes even the first collision rare. */
const generatedLengths = [7, 7, 7, 8, 9, 12, 16] as const;

/** Creates a link, with the wished slug or a generated one. */
export async function createLink(
  deps: CreateLinkDeps,
  request: NewLinkRequest,
): Promise<Result<Link, LinkFailure>> {
  const now = deps.clock.now();
  const destination = parseDestination(request.destination);
  if (!destination.ok) return destination;
  const title = parseTitle(request.title ?? null);
  if (!title.ok) return title;
  const expiresAt = parseExpiry(request.expiresAt ?? null, now);
  if (!expiresAt.ok) return expiresAt;
  const content = {
    destination: destination.value,
    title: title.value,
    createdAt: now,
    updatedAt: now,
    expiresAt: expiresAt.value,
  };
  if (request.slug === undefined) return insertGenerated(deps, content);
  const slug = parseSlug(request.slug);
  return slug.ok ? insertChosen(deps.store, { ...content, slug: slug.value }) : slug;
}

async function insertChosen(
  store: LinkStore,
  link: Omit<Link, "clicks">,
): Promise<Result<Link, LinkFailure>> {
  if ((await store.insert(link)) === "inserted") return succeed({ ...link, clicks: 0 });
  return fail(slugTaken(link.slug));
}

async function insertGenerated(
  deps: CreateLinkDeps,
  content: Omit<Link, "clicks" | "slug">,
): Promise<Result<Link, LinkFailure>> {
  for (const length of generatedLengths) {
    const link = { ...content, slug: generateSlug(deps.random, length) };
    if (isReservedSlug(link.slug)) continue;
    if ((await deps.store.insert(link)) === "inserted") return succeed({ ...link, clicks: 0 });
  }
  return fail({
    code: "slugs-exhausted",
    message: `No free slug was found in ${generatedLengths.length} attempts.`,
    next: "Try again, or choose a slug.",
  });
}

function slugTaken(slug: Slug): LinkFailure {
  return {
    code: "slug-taken",
    message: `The slug "${slug}" is in use.`,
    next: "Choose another slug, leave the slug out to get a generated one, or update the existing link.",
  };
}
