import type { LinkFailure } from "./link-failure.ts";
import { fail, succeed, type Result } from "./result.ts";

/** Longest title, in UTF-16 code units. */
export const maxTitleLength = 200;

// oxlint-disable-next-line no-control-regex -- control characters are what is refused
const controlCharacters = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Reads a title: blanks around it are dropped, an empty one becomes null, Unicode is kept in NFC. */
export function parseTitle(text: string | null): Result<string | null, LinkFailure> {
  if (text === null) return succeed(null);
  if (!text.isWellFormed()) return fail(invalid("it is not valid Unicode"));
  if (text.length > maxTitleLength) return fail(invalid(`it has ${text.length} characters`));
  const title = text.normalize("NFC").trim();
  if (title.length > maxTitleLength) return fail(invalid(`it has ${title.length} characters`));
  if (controlCharacters.test(title)) return fail(invalid("it has a control character in it"));
  return succeed(title === "" ? null : title);
}

function invalid(reason: string): LinkFailure {
  return {
    code: "invalid-title",
    message: `The title is not accepted: ${reason}.`,
    next: `Give one line of at most ${maxTitleLength} characters, or leave the title out.`,
  };
}
