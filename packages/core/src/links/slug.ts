import type { LinkFailure } from "./link-failure.ts";
import type { Random } from "./random.ts";
import { fail, succeed, type Result } from "./result.ts";

declare const slugBrand: unique symbol;

/** The last part of a short URL, known to be well formed and not reserved. */
export type Slug = string & { readonly [slugBrand]: true };

/** Longest slug that anyone may choose. */
export const maxSlugLength = 64;

/** No 0/O/o, 1/I/i/l: a generated slug survives being read aloud or copied from paper. */
const generatedAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz";

const slugPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** First path segments that belong to the service or that browsers and crawlers ask for by themselves. */
const reservedSlugs: ReadonlySet<string> = new Set([
  "admin",
  "api",
  "assets",
  "docs",
  "favicon",
  "health",
  "healthz",
  "livez",
  "login",
  "logout",
  "metrics",
  "openapi",
  "readyz",
  "robots",
  "sitemap",
  "static",
  "status",
  "version",
]);

/**
 * Reads a slug that a person chose: 1 to 64 characters out of A-Z, a-z, 0-9, "-" and "_", the first
 * one a letter or a digit. Case matters. Everything outside ASCII is refused, so there is no second
 * way (NFC, NFD, look-alikes) to spell the same slug.
 */
export function parseSlug(text: string): Result<Slug, LinkFailure> {
  if (!slugPattern.test(text)) return fail(invalidSlug(text));
  if (isReservedSlug(text)) {
    return fail({
      code: "reserved-slug",
      message: `The slug "${text}" is reserved for the service itself.`,
      next: "Choose another slug, or leave the slug out to get a generated one.",
    });
  }
  return succeed(text as Slug); // the brand says exactly what the two checks above established
}

/** Whether the service keeps this word for itself, in any spelling of upper and lower case. */
export function isReservedSlug(text: string): boolean {
  return reservedSlugs.has(text.toLowerCase());
}

/** Makes a slug of `length` characters that is hard to misread. It may be taken already. */
export function generateSlug(random: Random, length: number): Slug {
  let text = "";
  for (let position = 0; position < length; position += 1) {
    text += generatedAlphabet.charAt(random.integerBelow(generatedAlphabet.length));
  }
  return text as Slug; // the alphabet is a subset of what parseSlug accepts
}

function invalidSlug(text: string): LinkFailure {
  return {
    code: "invalid-slug",
    message: `The slug is not well formed: ${reasonFor(text)}.`,
    next: `Use 1 to ${maxSlugLength} of the characters A-Z, a-z, 0-9, "-" and "_", starting with a letter or a digit.`,
  };
}

function reasonFor(text: string): string {
  if (text.length === 0) return "it is empty";
  if (text.length > maxSlugLength) return `it has ${text.length} characters`;
  // oxlint-disable-next-line no-control-regex -- the whole ASCII range is what is asked about
  if (!/^[\u0000-\u007f]*$/.test(text)) return "it has characters outside ASCII";
  if (/^[-_]/.test(text)) return 'it starts with "-" or "_"';
  return "it has a character that is not allowed";
}
