import { resolve } from "node:path";
import type { CommandContext, GivenOptions } from "../cli/command.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import type { Operation } from "../journal/operation.ts";
import { continueJournal } from "../journal/operation-journal.ts";
import { openBundle } from "../releases/open-bundle.ts";
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
  const verified = back ? done(null) : await verifyAgain(context, options, operation);
  if (!verified.ok) return verified;
  const journal = continueJournal(operation.journalFile);
  const way = back ? "Taking back" : "Resuming";
  context.say(
    `${way} the ${operation.kind} from ${operation.fromVersion} to ${operation.toVersion}:`,
  );
  const carried = { operation, journal, context: run.value };
  return back ? turnBack(carried, operation.started, null) : runOperation(carried);
}

/** What is still to be unpacked is trusted for its signature, not because a journal names it. */
async function verifyAgain(
  { paths }: CommandContext,
  options: GivenOptions,
  operation: Operation,
): Promise<SiteResult<null>> {
  const { bundle, toVersion, finished } = operation;
  if (bundle === null || finished.has("unpack")) return done(null);
  const { signature, allowedSigners } = options;
  const opened = await openBundle({
    file: bundle.file,
    signatureFile: typeof signature === "string" ? resolve(signature) : bundle.signatureFile,
    allowedSignersFile:
      typeof allowedSigners === "string" ? resolve(allowedSigners) : paths.allowedSignersFile,
  });
  if (!opened.ok) return opened;
  const { signer, manifest } = opened.value;
  if (signer.sha256 === bundle.sha256 && manifest.version === toVersion) return done(null);
  return failed(
    "digest-differs",
    `${bundle.file} is signed, and is not the bundle of ${toVersion} that the upgrade began with.`,
    "Put the bundle back in its place, or take the upgrade back with shortlinectl upgrade --rollback.",
  );
}
