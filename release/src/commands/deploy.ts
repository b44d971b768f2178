import { applyPlan } from "../apply/apply-plan.ts";
import { createDeployRun } from "../apply/deploy-run.ts";
import { openDeployTarget } from "../apply/deploy-target.ts";
import type { DeployTarget } from "../apply/deploy-target.ts";
import type { CommandDefinition } from "../cli/command.ts";
import { exitCodes, Failure } from "../failure.ts";
import { ledgerIsBehind } from "../facts/ledger-is-behind.ts";
import { readTrunkCommit } from "../facts/trunk-commit.ts";
import { readLedger } from "../ledger/ledger.ts";
import { planDeploy } from "../plans/plan-deploy.ts";
import type { DeployFacts } from "../plans/plan-deploy.ts";
import { missingVariables } from "../policy/template.ts";
import { readBuild } from "../tools/build-store.ts";
import { environmentOption, ownerPidOption } from "../tools/environment-options.ts";
import { openRepository } from "../tools/repository.ts";

export const deployCommand: CommandDefinition = {
  args: [{ name: "[commit]", description: "what to deploy (default: trunk's head on the remote)" }],
  options: [
    { flags: "--environment <name>", description: "where to (default: production)" },
    {
      flags: "--owner-pid <pid>",
      description: "stop the environment when this process is gone (when this call starts it)",
    },
  ],
  changes: true,
  details:
    "Deploy a trunk commit: build it if need be, start it beside what serves, check its health and the smoke checks, then switch. What served before stays warm for a rollback. A run that was killed is continued by the same command.",
  examples: ["trunkline deploy --apply", "trunkline deploy 4f2c9d1 --environment staging --apply"],
  json: [
    "plan: {verb, title, steps, refusals, notes}",
    "applied: boolean",
    "environment: string",
    "deployment: string | null, its name in the ledger",
    "commit: string",
    "digest: string | null",
    "switchDurationMs: number | null",
    "reports?: {title, durationMs, said?}[]",
  ],
  async run(input, context) {
    const repository = await openRepository(input, context);
    const target = openDeployTarget(repository, environmentOption(input.options), context);
    const facts = await readDeployFacts(target, input.args[0]);
    const plan = planDeploy(facts);
    const { commit } = facts;
    const willStart = plan.steps.some((step) => step.kind === "candidate");
    if (willStart) refuseMissingVariables(target);
    const deploying = createDeployRun({
      target,
      commit,
      ownerPid: ownerPidOption(input.options),
      served: facts.serving?.commit === commit ? facts.serving : null,
    });
    try {
      return await applyPlan({
        plan,
        apply: input.options["apply"] === true,
        context,
        privateDirectory: repository.privateDirectory,
        run: deploying.run,
        result: deploying.result,
      });
    } catch (error) {
      await deploying.fail(error).catch((second: unknown) => {
        context.tell(`       the ledger could not be told: ${String(second)}`);
      });
      throw error;
    } finally {
      await deploying.release().catch((error: unknown) => {
        context.tell(`       the lock could not be released; it ends by itself: ${String(error)}`);
      });
    }
  },
};

async function readDeployFacts(
  target: DeployTarget,
  named: string | undefined,
): Promise<DeployFacts> {
  const { repository, policy, name } = target;
  const { commit, subject, onTrunk } = await readTrunkCommit(repository, named);
  const [{ entries }, local, build] = await Promise.all([
    readLedger(repository.ledger),
    target.look(),
    readBuild(repository.stateDirectory, commit),
  ]);
  return {
    environment: name,
    commit,
    subject,
    trunk: repository.policy.trunk,
    onTrunk,
    madeDigest: build?.digest ?? null,
    serving: local.serving,
    supervisorRuns: local.supervisor !== null,
    ledgerIsBehind: ledgerIsBehind(entries, name, local),
    healthPath: policy.health.path,
    smokeChecks: policy.smoke.length,
  };
}

/** @throws Failure `variable-missing` before anything starts */
function refuseMissingVariables(target: DeployTarget): void {
  const { policy, context, name } = target;
  const texts = [...policy.command, ...Object.values(policy.env)];
  const missing = missingVariables(texts, context.env);
  if (missing.length === 0) return;
  throw new Failure({
    code: "variable-missing",
    message: `The environment "${name}" needs ${missing.join(", ")}, which ${missing.length === 1 ? "is" : "are"} not set.`,
    next: `Set ${missing.length === 1 ? "it" : "them"} (export ${missing[0] ?? ""}=…), then run the same command again.`,
    exitCode: exitCodes.usage,
  });
}
