import type { CommandResult } from "../cli/command-outcome.ts";
import { done } from "../failure/site-failure.ts";

/** The outcome of an operation that made another release current. */
export function describeSwitch(
  what: "upgraded" | "rolled back" | "taken back",
  from: string,
  to: string,
): CommandResult {
  return done({
    data: { changed: true, outcome: what, from, to, version: to },
    text:
      what === "taken back"
        ? `Taken back: Shortline ${to} is current.`
        : `Shortline ${what} from ${from} to ${to}.`,
  });
}
