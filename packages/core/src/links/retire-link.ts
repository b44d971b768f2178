import { linkNotFound } from "./find-link.ts";
import type { LinkFailure } from "./link-failure.ts";
import type { LinkStore } from "./link-store.ts";
import { fail, succeed, type Result } from "./result.ts";
import { parseSlug, type Slug } from "./slug.ts";

/** Removes a link for good, its clicks included. Its slug is free again. */
export async function retireLink(
  store: LinkStore,
  slugText: string,
): Promise<Result<Slug, LinkFailure>> {
  const slug = parseSlug(slugText);
  if (!slug.ok) return fail(linkNotFound);
  return (await store.remove(slug.value)) ? succeed(slug.value) : fail(linkNotFound);
}
