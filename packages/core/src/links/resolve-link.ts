import type { Clock } from "./clock.ts";
import type { LinkFailure } from "./link-failure.ts";
import type { LinkStore, RedirectTarget } from "./link-store.ts";
import type { Slug } from "./slug.ts";

/** How a visit ends. */
export type Resolution =
  | { readonly outcome: "redirected"; readonly target: RedirectTarget }
  | { readonly outcome: "unknown" | "expired"; readonly failure: LinkFailure };

const unknown: Resolution = {
  outcome: "unknown",
  failure: {
    code: "link-not-found",
    message: "There is no link at this address.",
    next: "Check the address for typing mistakes, or ask whoever gave it to you for a new one.",
  },
};

const expired: Resolution = {
  outcome: "expired",
  failure: {
    code: "link-expired",
    message: "This link has expired.",
    next: "Ask whoever gave it to you for a new one.",
  },
};

/** The resolution of an address that cannot be a link. */
export const unknownLink: Resolution = unknown;

/** Finds where a slug leads now. Answers without a promise when the store does. */
export function resolveLink(
  deps: { readonly store: LinkStore; readonly clock: Clock },
  slug: Slug,
): Resolution | Promise<Resolution> {
  const found = deps.store.findTarget(slug);
  if (found instanceof Promise) return found.then((target) => resolve(target, deps.clock));
  return resolve(found, deps.clock);
}

function resolve(target: RedirectTarget | null, clock: Clock): Resolution {
  if (target === null) return unknown;
  if (target.expiresAtMs !== null && target.expiresAtMs <= clock.now().getTime()) return expired;
  return { outcome: "redirected", target };
}
