import type { LinkFailure } from "./link-failure.ts";
import { fail, succeed, type Result } from "./result.ts";

declare const destinationBrand: unique symbol;

/** An absolute http or https URL in its normal form (ASCII only), safe to send as a Location header. */
export type Destination = string & { readonly [destinationBrand]: true };

/** Longest destination, counted as given and again in its normal form. */
export const maxDestinationLength = 2048;

/** Control characters, blanks and the separators that some parsers treat as line ends. */
// oxlint-disable-next-line no-control-regex -- control characters are what is refused
const refusedCharacters = /[\u0000-\u0020\u007f-\u00a0\u2028\u2029\ufeff]/;

/**
 * Reads where a link leads. Only http and https are accepted, because a redirect to `javascript:` or
 * `data:` would run with the trust people have in the short domain; user names and passwords are
 * refused because every visitor would receive them, and because they disguise the real host.
 */
export function parseDestination(text: string): Result<Destination, LinkFailure> {
  if (text.length === 0) return fail(invalid("it is empty"));
  if (text.length > maxDestinationLength) return fail(invalid(`it has ${text.length} characters`));
  if (refusedCharacters.test(text))
    return fail(invalid("it has a blank or a control character in it"));
  if (!text.isWellFormed()) return fail(invalid("it is not valid Unicode"));
  const url = URL.parse(text);
  if (url === null) return fail(invalid("it is not an absolute URL"));
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return fail(invalid(`it starts with "${url.protocol}"`));
  }
  if (!/^https?:\/\//i.test(text)) return fail(invalid('"//" is missing after the scheme'));
  if (url.username !== "" || url.password !== "") {
    return fail(invalid("it has a user name or a password in it"));
  }
  if (url.href.length > maxDestinationLength) {
    return fail(invalid(`it has ${url.href.length} characters once encoded`));
  }
  return succeed(url.href as Destination); // every property the brand promises was checked above
}

function invalid(reason: string): LinkFailure {
  return {
    code: "invalid-destination",
    message: `The destination is not accepted: ${reason}.`,
    next: `Give an absolute URL that starts with http:// or https://, at most ${maxDestinationLength} characters, without a user name or password; percent-encode blanks.`,
  };
}
