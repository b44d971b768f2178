import type { LinkFailure } from "./link-failure.ts";
import type { LinkStore } from "./link-store.ts";
import type { Link } from "./link.ts";
import { fail, succeed, type Result } from "./result.ts";
import { parseSlug } from "./slug.ts";

/** Reads one link, expired or not. A slug that cannot exist is simply not found. */
export async function findLink(
  store: LinkStore,
  slugText: string,
): Promise<Result<Link, LinkFailure>> {
  const slug = parseSlug(slugText);
  const link = slug.ok ? await store.find(slug.value) : null;
  return link === null ? fail(linkNotFound) : succeed(link);
}

/** The failure for a slug that names no link, for those who manage links. */
export const linkNotFound: LinkFailure = {
  code: "link-not-found",
  message: "There is no link with this slug.",
  next: "Check the slug, upper and lower case included; GET /api/v1/links lists the links there are.",
};
