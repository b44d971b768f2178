import { applyPlan } from "../apply/apply-plan.ts";
import { openDeployTarget } from "../apply/deploy-target.ts";
import type { DeployTarget } from "../apply/deploy-target.ts";
import { reconcileEnvironment } from "../apply/reconcile-environment.ts";
import { createRollbackRun } from "../apply/rollback-run.ts";
import type { CommandDefinition, CommandOutcome } from "../cli/command.ts";
import { exitCodes } from "../failure.ts";
import type { LocalEnvironment } from "../facts/local-environment.ts";
import { planRollback } from "../plans/plan-rollback.ts";
import { environmentOption } from "../tools/environment-options.ts";
import { readRollbackIntent } from "../tools/rollback-intent.ts";
import { openRepository } from "../tools/repository.ts";

export const rollbackCommand: CommandDefinition = {
  args: [],
  options: [
    { flags: "--environment <name>", description: "where (default: production)" },
    { flags: "--reason <text>", description: "why; kept in the ledger" },
    { flags: "--undo", description: "serve the build again that the last rollback took out" },
  ],
  changes: true,
  details:
    "Switch an environment back to the build before, which is kept warm: no start, no failed request. The switch comes first, the ledger after it.",
  examples: ['trunkline rollback --reason "links lead to the wrong place" --apply'],
  json: [
    "plan: {verb, title, steps, refusals, notes}",
    "applied: boolean",
    "environment: string",
    "from: string, the deployment taken out",
    "deployment: string, the one that serves again",
    "commit: string, digest: string, of the one that serves again",
    "switchDurationMs: number | null",
    "reports?: {title, durationMs, said?}[]",
  ],
  async run(input, context) {
    const repository = await openRepository(input, context);
    const target = openDeployTarget(repository, environmentOption(input.options), context);
    const { rollbackIntent } = target.directory;
    const [local, intent] = await Promise.all([target.look(), readRollbackIntent(rollbackIntent)]);
    const { serving, previous } = local;
    const undo = input.options["undo"] === true;
    const apply = input.options["apply"] === true;
    const isLast =
      intent !== null && intent.to === serving?.deployment && intent.from === previous?.deployment;
    if (isLast && apply && intent.undo === undo) {
      const finished = await finishKilledRollback(target, local);
      if (finished !== null) return finished;
    }
    const reason = input.options["reason"];
    const options = { target, undo, reason: typeof reason === "string" ? reason : null };
    const rolling =
      serving === null || previous === null
        ? null
        : createRollbackRun({ ...options, serving, previous });
    return applyPlan({
      plan: planRollback({
        environment: target.name,
        supervisorRuns: local.supervisor !== null,
        serving,
        previous,
        previousWasRolledBack: isLast && !intent.undo,
        undo,
      }),
      apply,
      context,
      privateDirectory: repository.privateDirectory,
      run: async (step) => rolling?.run(step),
      result: () => rolling?.result() ?? {},
    });
  },
};

/** The switch of a killed rollback was made, its entry not: writing it is what is left. null: it is written. */
async function finishKilledRollback(
  target: DeployTarget,
  local: LocalEnvironment,
): Promise<CommandOutcome | null> {
  const { appended } = await reconcileEnvironment(target);
  if (appended === null) return null;
  const { serving, previous } = local;
  return {
    exitCode: exitCodes.done,
    data: {
      applied: true,
      environment: target.name,
      from: previous?.deployment ?? null,
      deployment: serving?.deployment ?? null,
      commit: serving?.commit ?? null,
      digest: serving?.digest ?? null,
      switchDurationMs: null,
    },
    text: `${target.name} was switched to ${serving?.commit.slice(0, 10) ?? ""} by a run that was killed; its entry is in the ledger now.`,
  };
}
