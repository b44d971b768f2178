import { describeSystemError } from "../failure/describe-system-error.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteFailure, SiteResult } from "../failure/site-failure.ts";
import { ROLLBACK_STEPS, UPGRADE_STEPS } from "../journal/operation.ts";
import type { Operation, OperationBegun, StepName, StepState } from "../journal/operation.ts";
import type { OperationJournal } from "../journal/operation-journal.ts";
import { removeRelease } from "../releases/place-release.ts";
import { passFaultPoint } from "./operation-context.ts";
import type { OperationContext } from "./operation-context.ts";
import { OPERATION_STEPS, checkHealth, restartService, switchTo } from "./operation-steps.ts";

/** An operation that is being carried out. */
export type OperationRun = {
  readonly operation: OperationBegun & Pick<Operation, "started" | "finished" | "turnedBack">;
  readonly journal: OperationJournal;
  readonly context: OperationContext;
};

/**
 * Carries an operation on from where its journal says it is, to exactly the new state;
 * when a step fails, or it had turned back already, to exactly the old one and a failure.
 */
export async function runOperation(run: OperationRun): Promise<SiteResult<null>> {
  const { operation, journal, context } = run;
  const started = new Set(operation.started);
  if (operation.turnedBack) return turnBack(run, started, null);
  const steps: readonly StepName[] = operation.kind === "upgrade" ? UPGRADE_STEPS : ROLLBACK_STEPS;
  for (const step of steps.filter((one) => !operation.finished.has(one))) {
    started.add(step);
    note(run, step, "started");
    context.say(`  ${step}`);
    const result = await runStep(run, step);
    passFaultPoint(context, `${step}:acted`);
    if (!result.ok) {
      note(run, step, "failed");
      return turnBack(run, started, result.failure);
    }
    note(run, step, "finished");
  }
  journal.append({ event: "ended", at: now(context), outcome: "new" });
  return done(null);
}

/** Takes an operation back to exactly the old state; `failure` says why, null that it was asked for. */
export async function turnBack(
  run: OperationRun,
  started: ReadonlySet<StepName>,
  failure: SiteFailure | null,
): Promise<SiteResult<null>> {
  const { operation, journal, context } = run;
  const reason = failure?.message ?? "asked for";
  journal.append({ event: "turned-back", at: now(context), reason });
  passFaultPoint(context, "back:started");
  try {
    if (started.has("switch")) {
      const restored = await restoreService(context, operation.fromVersion);
      if (!restored.ok) return restored;
    }
    if (operation.kind === "upgrade" && !operation.toWasInstalled) {
      removeRelease(context.paths, operation.toVersion);
    }
    passFaultPoint(context, "back:removed");
    // An operation that changed nothing leaves nothing, not even its journal.
    if (isUntouched(started)) journal.discard();
    else journal.append({ event: "ended", at: now(context), outcome: "old" });
  } catch (error) {
    return { ok: false, failure: describeSystemError(error, "take the operation back") };
  }
  return failure === null ? done(null) : explain(operation, started, failure);
}

async function runStep(
  { operation, context }: OperationRun,
  step: StepName,
): Promise<SiteResult<null>> {
  try {
    return await OPERATION_STEPS[step](operation, context);
  } catch (error) {
    return { ok: false, failure: describeSystemError(error, `do the step ${step}`) };
  }
}

function note({ journal, context }: OperationRun, step: StepName, state: StepState): void {
  journal.append({ event: "step", at: now(context), step, state });
  passFaultPoint(context, `${step}:${state}`);
}

async function restoreService(
  context: OperationContext,
  version: string,
): Promise<SiteResult<null>> {
  context.say(`  going back to ${version}`);
  await switchTo(context, version);
  passFaultPoint(context, "back:switched");
  const restarted = await restartService(context);
  if (!restarted.ok) return restarted;
  const healthy = await checkHealth(context, version);
  if (healthy.ok) return healthy;
  const next = `${healthy.failure.next} Then run: shortlinectl upgrade --rollback`;
  return failed(
    "service-unhealthy",
    `${version} is current again. ${healthy.failure.message}`,
    next,
  );
}

function isUntouched(started: ReadonlySet<StepName>): boolean {
  return [...started].every((step) => step === "unpack");
}

function explain(
  operation: OperationBegun,
  started: ReadonlySet<StepName>,
  failure: SiteFailure,
): SiteResult<never> {
  if (!started.has("switch")) return { ok: false, failure };
  const { kind, fromVersion, toVersion } = operation;
  const message = `The ${kind} to ${toVersion} was taken back and ${fromVersion} serves: ${failure.message}`;
  return failed(
    kind === "upgrade" ? "upgrade-rolled-back" : "rollback-undone",
    message,
    failure.next,
  );
}

function now({ ambient }: OperationContext): string {
  return ambient.now().toISOString();
}
