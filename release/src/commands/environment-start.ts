import { applyPlan } from "../apply/apply-plan.ts";
import { openDeployTarget } from "../apply/deploy-target.ts";
import { reconcileEnvironment } from "../apply/reconcile-environment.ts";
import type { CommandDefinition } from "../cli/command.ts";
import { planEnvironmentStart } from "../plans/plan-environment.ts";
import { ownerPidOption } from "../tools/environment-options.ts";
import { openRepository } from "../tools/repository.ts";

export const environmentStartCommand: CommandDefinition = {
  args: [{ name: "[name]", description: "the environment (default: production)" }],
  options: [
    { flags: "--owner-pid <pid>", description: "stop the environment when this process is gone" },
  ],
  changes: true,
  details: "Start a local environment's supervisor, which takes up what served last.",
  examples: ["trunkline environment start production --apply"],
  json: [
    "plan: {verb, title, steps, refusals, notes}",
    "applied: boolean",
    "environment: string",
    "url: string, its public address",
    "commit: string | null, what serves",
    "reports?: {title, durationMs, said?}[]",
  ],
  async run(input, context) {
    const repository = await openRepository(input, context);
    const target = openDeployTarget(repository, input.args[0] ?? "production", context);
    const ownerPid = ownerPidOption(input.options);
    let { supervisor, serving } = await target.look();
    const supervisorRuns = supervisor !== null;
    return applyPlan({
      plan: planEnvironmentStart({ environment: target.name, supervisorRuns, serving }),
      apply: input.options["apply"] === true,
      context,
      privateDirectory: repository.privateDirectory,
      run: async () => {
        await target.ensure(ownerPid);
        ({ supervisor, serving } = await target.look());
        await reconcileEnvironment(target);
        return `process ${String(supervisor?.pid ?? 0)}`;
      },
      result: () => ({
        environment: target.name,
        url: `http://${target.policy.host}:${String(target.policy.port)}`,
        commit: serving?.commit ?? null,
      }),
    });
  },
};
