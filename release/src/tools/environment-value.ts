import type { Outcome } from "../local-environment/environment-failure.ts";
import { Failure } from "../failure.ts";
import type { FailureCode } from "../failure.ts";

/** The value of what a supervisor answered. @throws Failure with the code given */
export function environmentValue<Value>(
  outcome: Outcome<Value>,
  code: FailureCode = "supervisor-failed",
): Value {
  if (outcome.ok) return outcome.value;
  const { message, next, logTail } = outcome.failure;
  const tail = logTail === undefined || logTail.trim() === "" ? "" : `\n${lastLines(logTail)}`;
  throw new Failure({ code, message: `${message}${tail}`, next });
}

const shownLines = 15;

/** The end of a log, indented, for a message or a ledger entry. */
export function lastLines(log: string): string {
  const lines = log.trimEnd().split("\n").slice(-shownLines);
  return lines.map((line) => `    ${line}`).join("\n");
}
