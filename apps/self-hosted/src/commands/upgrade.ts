import { resolve } from "node:path";
import type { CommandContext, GivenOptions, RunVerb } from "../cli/command.ts";
import type { CommandResult } from "../cli/command-outcome.ts";
import { done, failed } from "../failure/site-failure.ts";

import { readOperations, unfinishedOperation } from "../journal/read-operations.ts";
import { UPGRADE_STEPS } from "../journal/operation.ts";
import { requireCurrentVersion } from "../releases/current-release.ts";
import { beginOperation, refuseUnfinished } from "../upgrade/begin-operation.ts";
import { describeSwitch } from "../upgrade/describe-switch.ts";
import { continueOperation } from "../upgrade/continue-operation.ts";
import { planUpgrade } from "../upgrade/plan-upgrade.ts";
import type { UpgradePlan } from "../upgrade/plan-upgrade.ts";
import { withChangeLock } from "../upgrade/with-change-lock.ts";
import { runRollback } from "./rollback.ts";

/** `upgrade`: plan and apply a bundle, or bring an operation that was cut off to one of its two ends. */
export const runUpgrade: RunVerb = async (context, options) => {
  if (options["resume"] === true) return resume(context, options);
  if (options["rollback"] === true) return takeBack(context, options);
  const file = options["bundle"];
  if (typeof file !== "string") {
    const next = "Name a bundle with --bundle FILE, or use --resume or --rollback.";
    return failed("usage", "upgrade needs to know what to do.", next);
  }
  return upgradeTo(context, options, resolve(file));
};

async function upgradeTo(
  context: CommandContext,
  options: GivenOptions,
  file: string,
): Promise<CommandResult> {
  const unfinished = refuseUnfinished(context.paths);
  if (!unfinished.ok) return unfinished;
  const signatureFile = resolve(optionText(options, "signature") ?? `${file}.sig`);
  const plan = await planUpgrade({
    paths: context.paths,
    files: {
      file,
      signatureFile,
      allowedSignersFile: resolve(
        optionText(options, "allowedSigners") ?? context.paths.allowedSignersFile,
      ),
    },
    backupDone: options["backupDone"] === true,
  });
  if (!plan.ok) return plan;
  const { fromVersion, toVersion } = plan.value;
  if (plan.value.isDone) {
    const data = { changed: false, version: toVersion };
    return done({ data, text: `Shortline ${toVersion} is current already: nothing to do.` });
  }
  if (options["plan"] === true) return describePlan(plan.value);
  const upgraded = await withChangeLock(context, `shortlinectl upgrade to ${toVersion}`, async () =>
    beginOperation(context, options, {
      kind: "upgrade",
      fromVersion,
      toVersion,
      bundle: { file, sha256: plan.value.bundle.sha256, signatureFile },
    }),
  );
  return upgraded.ok ? describeSwitch("upgraded", fromVersion, toVersion) : upgraded;
}

async function resume(context: CommandContext, options: GivenOptions): Promise<CommandResult> {
  return withChangeLock(context, "shortlinectl upgrade --resume", async () => {
    const operations = readOperations(context.paths.journalDirectory);
    if (!operations.ok) return operations;
    const operation = unfinishedOperation(operations.value);
    if (operation === null) return nothingUnfinished(context);
    const ended = await continueOperation(context, options, {
      operation,
      back: operation.turnedBack,
    });
    if (!ended.ok) return ended;
    const { fromVersion, toVersion } = operation;
    return operation.turnedBack
      ? describeSwitch("taken back", toVersion, fromVersion)
      : describeSwitch(
          operation.kind === "upgrade" ? "upgraded" : "rolled back",
          fromVersion,
          toVersion,
        );
  });
}

async function takeBack(context: CommandContext, options: GivenOptions): Promise<CommandResult> {
  const { journalDirectory } = context.paths;
  const before = readOperations(journalDirectory);
  if (!before.ok) return before;
  if (unfinishedOperation(before.value) === null) {
    const last = before.value.findLast((one) => one.ended === "new");
    return last?.kind === "upgrade" ? runRollback(context, options) : nothingUnfinished(context);
  }
  return withChangeLock(context, "shortlinectl upgrade --rollback", async () => {
    // Another command may have ended it before this one had the lock.
    const operations = readOperations(journalDirectory);
    if (!operations.ok) return operations;
    const operation = unfinishedOperation(operations.value);
    if (operation === null) return nothingUnfinished(context);
    // A rollback that was cut off is finished, not undone: both words ask for the older release.
    const back = operation.kind === "upgrade" || operation.turnedBack;
    const ended = await continueOperation(context, options, { operation, back });
    if (!ended.ok) return ended;
    const { fromVersion, toVersion } = operation;
    return back
      ? describeSwitch("taken back", toVersion, fromVersion)
      : describeSwitch("rolled back", fromVersion, toVersion);
  });
}

function nothingUnfinished({ paths }: CommandContext): CommandResult {
  const current = requireCurrentVersion(paths);
  if (!current.ok) return current;
  const text = `No operation is unfinished: nothing to do. Shortline ${current.value} is current.`;
  return done({ data: { changed: false, version: current.value }, text });
}

function describePlan({ fromVersion, toVersion, bundle }: UpgradePlan): CommandResult {
  const { principal, keyFingerprint } = bundle.signer;
  const steps = UPGRADE_STEPS.map((step) => `\n  ${step}`).join("");
  const signed = `signed by ${principal} (${keyFingerprint})`;
  const text = `Plan: upgrade ${fromVersion} to ${toVersion}, ${signed}.\nVerified and checked; then:${steps}\nNothing was changed.`;
  const data = {
    planned: true,
    changed: false,
    from: fromVersion,
    to: toVersion,
    steps: UPGRADE_STEPS,
  };
  return done({
    data: { ...data, signer: principal, keyFingerprint, sha256: bundle.sha256 },
    text,
  });
}

function optionText(options: GivenOptions, name: string): string | null {
  const value = options[name];
  return typeof value === "string" ? value : null;
}
