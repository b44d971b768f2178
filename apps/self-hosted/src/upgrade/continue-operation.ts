import type { CommandContext, GivenOptions } from "../cli/command.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import type { Operation } from "../journal/operation.ts";
import { continueJournal } from "../journal/operation-journal.ts";
import { operationContext } from "./begin-operation.ts";
import { runOperation, turnBack } from "./run-operation.ts";

/** Brings an operation that was cut off to its new state, or back to its old one. Call it under the change lock. */
export async function continueOperation(
  context: CommandContext,
  options: GivenOptions,
  { operation, back }: { readonly operation: Operation; readonly back: boolean },
): Promise<SiteResult<null>> {
  const run = operationContext(context, options);
  if (!run.ok) return run;
  const journal = continueJournal(operation.journalFile);
  const way = back ? "Taking back" : "Resuming";
  context.say(
    `${way} the ${operation.kind} from ${operation.fromVersion} to ${operation.toVersion}:`,
  );
  const carried = { operation, journal, context: run.value };
  return back ? turnBack(carried, operation.started, null) : runOperation(carried);
}
