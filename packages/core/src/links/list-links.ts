import type { LinkFailure } from "./link-failure.ts";
import type { LinkCursor, LinkStore } from "./link-store.ts";
import type { Link } from "./link.ts";
import { fail, succeed, type Result } from "./result.ts";
import { parseSlug } from "./slug.ts";

/** Links on one page: unless asked otherwise, and at most. */
export const defaultPageSize = 50;
export const maxPageSize = 200;

/** One page of links, newest first; `nextCursor` is null on the last page. */
export interface LinkPage {
  readonly links: readonly Link[];
  readonly nextCursor: string | null;
}

/** Reads one page. Links created while someone pages through are neither repeated nor make others repeat. */
export async function listLinks(
  store: LinkStore,
  request: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
): Promise<Result<LinkPage, LinkFailure>> {
  const limit = request.limit ?? defaultPageSize;
  if (!Number.isInteger(limit) || limit < 1 || limit > maxPageSize) return fail(invalidLimit);
  const after = request.cursor === undefined ? null : parseCursor(request.cursor);
  if (after === undefined) return fail(invalidCursor);
  const links = await store.list({ after, limit: limit + 1 });
  const shown = links.slice(0, limit);
  const last = shown.at(-1);
  const isLastPage = links.length <= limit || last === undefined;
  return succeed({ links: shown, nextCursor: isLastPage ? null : formatCursor(last) });
}

function formatCursor(link: Link): string {
  return `${link.createdAt.getTime().toString(36)}.${link.slug}`;
}

function parseCursor(text: string): LinkCursor | undefined {
  const match = /^([0-9a-z]{1,10})\.(.{1,64})$/.exec(text);
  const slug = parseSlug(match?.[2] ?? "");
  const createdAtMs = Number.parseInt(match?.[1] ?? "", 36);
  if (!slug.ok || Number.isNaN(createdAtMs) || createdAtMs > 8.64e15) return undefined;
  return { createdAtMs, slug: slug.value };
}

const invalidCursor: LinkFailure = {
  code: "invalid-cursor",
  message: "The cursor is not one that this service gave out.",
  next: "Pass nextCursor of the previous page unchanged, or leave the cursor out to start at the newest link.",
};

const invalidLimit: LinkFailure = {
  code: "invalid-limit",
  message: "The limit is out of range.",
  next: `Give a whole number from 1 to ${maxPageSize}.`,
};
