import type { CommandContext, GivenOptions } from "../cli/command.ts";
import { readSiteConfig } from "../config/read-site-config.ts";
import { describeSystemError } from "../failure/describe-system-error.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import type { OperationBegun } from "../journal/operation.ts";
import { beginJournal } from "../journal/operation-journal.ts";
import type { OperationJournal } from "../journal/operation-journal.ts";
import { readOperations, unfinishedOperation } from "../journal/read-operations.ts";
import { isComplete, readCurrentVersion } from "../releases/current-release.ts";
import type { SitePaths } from "../site/site-paths.ts";
import { passFaultPoint } from "./operation-context.ts";
import type { OperationContext } from "./operation-context.ts";
import { runOperation } from "./run-operation.ts";

export type OperationIntent = Omit<
  OperationBegun,
  "schemaVersion" | "event" | "at" | "toWasInstalled"
>;

/** Writes the journal's first line and carries the operation out. Call it under the change lock. */
export async function beginOperation(
  context: CommandContext,
  options: GivenOptions,
  intent: OperationIntent,
): Promise<SiteResult<null>> {
  const { paths, ambient } = context;
  // Another command may have begun or ended one between the plan and the lock.
  const unfinished = refuseUnfinished(paths);
  if (!unfinished.ok) return unfinished;
  const unchanged = refuseChanged(paths, intent.fromVersion);
  if (!unchanged.ok) return unchanged;
  const run = operationContext(context, options);
  if (!run.ok) return run;
  const begun: OperationBegun = {
    schemaVersion: 1,
    event: "begun",
    at: ambient.now().toISOString(),
    ...intent,
    toWasInstalled: isComplete(paths, intent.toVersion),
  };
  let journal: OperationJournal;
  try {
    journal = beginJournal(paths.journalDirectory, begun);
  } catch (error) {
    return {
      ok: false,
      failure: describeSystemError(error, `begin a journal in ${paths.journalDirectory}`),
    };
  }
  passFaultPoint(run.value, "begun:finished");
  const operation = {
    ...begun,
    started: new Set<never>(),
    finished: new Set<never>(),
    turnedBack: false,
  };
  return runOperation({ operation, journal, context: run.value });
}

/** Refuses while an operation was begun and not ended. */
export function refuseUnfinished(paths: SitePaths): SiteResult<null> {
  const operations = readOperations(paths.journalDirectory);
  if (!operations.ok) return operations;
  const operation = unfinishedOperation(operations.value);
  if (operation === null) return done(null);
  return failed(
    "operation-unfinished",
    `The ${operation.kind} from ${operation.fromVersion} to ${operation.toVersion}, begun ${operation.at}, is unfinished.`,
    "Finish it with shortlinectl upgrade --resume, or take it back with shortlinectl upgrade --rollback.",
  );
}

/** Refuses when another release is current than the one that the plan was made for. */
function refuseChanged(paths: SitePaths, fromVersion: string): SiteResult<null> {
  const current = readCurrentVersion(paths);
  if (current === fromVersion) return done(null);
  return failed(
    "site-changed",
    `Release ${current ?? "none"} is current now, and was ${fromVersion} when this was planned.`,
    "Look at shortlinectl status, then run the command again. Nothing was changed.",
  );
}

/** What the steps run with, from what the command runs with. */
export function operationContext(
  context: CommandContext,
  options: GivenOptions,
): SiteResult<OperationContext> {
  const { paths, ambient, say } = context;
  const config = readSiteConfig(paths);
  if (!config.ok) return config;
  const killAfter = options["killAfter"];
  return done({
    paths,
    ambient,
    say,
    config: config.value,
    killAfter: typeof killAfter === "string" ? killAfter : null,
  });
}
