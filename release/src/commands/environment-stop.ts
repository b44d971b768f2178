import { applyPlan } from "../apply/apply-plan.ts";
import { openDeployTarget } from "../apply/deploy-target.ts";
import { recordStop } from "../apply/record-stop.ts";
import type { CommandDefinition } from "../cli/command.ts";
import { planEnvironmentStop } from "../plans/plan-environment.ts";
import { environmentValue } from "../tools/environment-value.ts";
import { openRepository } from "../tools/repository.ts";

export const environmentStopCommand: CommandDefinition = {
  args: [{ name: "[name]", description: "the environment (default: production)" }],
  options: [],
  changes: true,
  details:
    "Stop a local environment: requests in flight finish, then its builds and its supervisor end. `environment start` takes it up again.",
  examples: ["trunkline environment stop production --apply"],
  json: [
    "plan: {verb, title, steps, refusals, notes}",
    "applied: boolean",
    "environment: string",
    "reports?: {title, durationMs, said?}[]",
  ],
  async run(input, context) {
    const repository = await openRepository(input, context);
    const target = openDeployTarget(repository, input.args[0] ?? "production", context);
    const { supervisor, serving } = await target.look();
    const supervisorRuns = supervisor !== null;
    return applyPlan({
      plan: planEnvironmentStop({ environment: target.name, supervisorRuns, serving }),
      apply: input.options["apply"] === true,
      context,
      privateDirectory: repository.privateDirectory,
      run: async () => {
        // Before it stops: killed in between, too little time counts as served, never too much.
        try {
          await recordStop(target);
        } finally {
          // A ledger out of reach keeps nobody from stopping, but is not passed over.
          if (supervisor !== null) environmentValue(await supervisor.shutdown());
        }
        return undefined;
      },
      result: () => ({ environment: target.name }),
    });
  },
};
