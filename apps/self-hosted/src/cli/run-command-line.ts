import { CommanderError } from "commander";
import { FAILURE_EXIT_CODES } from "../failure/site-failure.ts";
import type { SiteFailure } from "../failure/site-failure.ts";
import type { Ambient } from "./ambient.ts";
import type { CommandOutcome, CommandResult } from "./command-outcome.ts";
import { createProgram } from "./create-program.ts";

const USAGE_EXIT_CODE = 2;
const BUG_EXIT_CODE = 1;

/** Runs one command line and gives its exit code; prints the outcome or the failure, once. */
export async function runCommandLine(ambient: Ambient): Promise<number> {
  let exitCode = 0;
  const program = createProgram(ambient, (result, json) => {
    exitCode = report(result, json, ambient);
  });
  try {
    await program.parseAsync([...ambient.args], { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has printed the message already; help and version end with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    ambient.writeErr(
      `shortlinectl: a bug: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    ambient.writeErr("  Next: keep this text and tell the publisher.\n");
    return BUG_EXIT_CODE;
  }
}

function report(result: CommandResult, json: boolean, ambient: Ambient): number {
  if (result.ok) return reportOutcome(result.value, json, ambient);
  const { failure } = result;
  if (json) ambient.writeOut(`${JSON.stringify({ schemaVersion: 1, ok: false, ...failure })}\n`);
  printFailure(failure, ambient);
  return FAILURE_EXIT_CODES[failure.code];
}

function reportOutcome(outcome: CommandOutcome, json: boolean, ambient: Ambient): number {
  const exitCode = outcome.exitCode ?? 0;
  if (json)
    ambient.writeOut(
      `${JSON.stringify({ schemaVersion: 1, ok: exitCode === 0, ...outcome.data })}\n`,
    );
  else if (outcome.text !== "") ambient.writeOut(`${outcome.text}\n`);
  return exitCode;
}

function printFailure(failure: SiteFailure, ambient: Ambient): void {
  ambient.writeErr(`shortlinectl: ${failure.message} [${failure.code}]\n  Next: ${failure.next}\n`);
}
