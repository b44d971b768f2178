import type { LinkFailure } from "./link-failure.ts";
import { fail, succeed, type Result } from "./result.ts";

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Reads when a link stops working: an RFC 3339 time with its offset, after `now`; null means never. */
export function parseExpiry(text: string | null, now: Date): Result<Date | null, LinkFailure> {
  if (text === null) return succeed(null);
  if (!rfc3339.test(text))
    return fail(invalid(`"${text.slice(0, 40)}" is not a time with an offset`));
  const expiresAt = new Date(text);
  if (Number.isNaN(expiresAt.getTime())) return fail(invalid("there is no such day or time"));
  if (!sameCalendarDay(text)) return fail(invalid("there is no such day"));
  if (expiresAt.getTime() <= now.getTime()) {
    return fail({
      code: "invalid-expiry",
      message: `The expiry ${expiresAt.toISOString()} is not in the future.`,
      next: "Give a later time, or null for a link that does not expire; to stop a link now, delete it.",
    });
  }
  if (expiresAt.getUTCFullYear() > 9999) return fail(invalid("it is after the year 9999"));
  return succeed(expiresAt);
}

/** `Date` turns 30 February into 2 March; a typing mistake must not move an expiry. */
function sameCalendarDay(text: string): boolean {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text.slice(0, 10);
}

function invalid(reason: string): LinkFailure {
  return {
    code: "invalid-expiry",
    message: `The expiry is not accepted: ${reason}.`,
    next: 'Give an RFC 3339 time such as "2030-01-31T12:00:00Z", or null for a link that does not expire.',
  };
}
