import type { RunVerb } from "../cli/command.ts";
import { done } from "../failure/site-failure.ts";
import { ROLLBACK_STEPS } from "../journal/operation.ts";
import { readOperations } from "../journal/read-operations.ts";
import { beginOperation, refuseUnfinished } from "../upgrade/begin-operation.ts";
import { describeSwitch } from "../upgrade/describe-switch.ts";
import { planRollback } from "../upgrade/plan-rollback.ts";
import { withChangeLock } from "../upgrade/with-change-lock.ts";

/** `rollback`: makes the release current that served before the last upgrade. The database stays as it is. */
export const runRollback: RunVerb = async (context, options) => {
  const { paths } = context;
  const unfinished = refuseUnfinished(paths);
  if (!unfinished.ok) return unfinished;
  const operations = readOperations(paths.journalDirectory);
  if (!operations.ok) return operations;
  const plan = await planRollback(paths, operations.value);
  if (!plan.ok) return plan;
  const { fromVersion, toVersion } = plan.value;
  if (options["plan"] === true) {
    const steps = ROLLBACK_STEPS.map((step) => `\n  ${step}`).join("");
    const text = `Plan: roll back from ${fromVersion} to ${toVersion}; the database stays as it is.${steps}\nNothing was changed.`;
    const data = {
      planned: true,
      changed: false,
      from: fromVersion,
      to: toVersion,
      steps: ROLLBACK_STEPS,
    };
    return done({ data, text });
  }
  const rolledBack = await withChangeLock(
    context,
    `shortlinectl rollback to ${toVersion}`,
    async () =>
      beginOperation(context, options, {
        kind: "rollback",
        fromVersion,
        toVersion,
        bundle: null,
      }),
  );
  return rolledBack.ok ? describeSwitch("rolled back", fromVersion, toVersion) : rolledBack;
};
