import { applyPlan } from "../apply/apply-plan.ts";
import { pickOntoLine } from "../apply/pick-onto-line.ts";
import { recordBackports } from "../apply/record-backports.ts";
import type {
  CommandContext,
  CommandDefinition,
  CommandInput,
  CommandOutcome,
} from "../cli/command.ts";
import { readBackportFacts } from "../facts/backport-facts.ts";
import { exitCodes, Failure } from "../failure.ts";
import { planBackport } from "../plans/plan-backport.ts";
import type { BackportStep } from "../plans/plan-backport.ts";
import { openRepository } from "../tools/repository.ts";

export const backportCommand: CommandDefinition = {
  args: [{ name: "<commit...>", description: "trunk commits; they are applied oldest first" }],
  options: [{ flags: "--to <lines>", description: "a line, several with commas, or all" }],
  changes: true,
  details: `Applies trunk commits to lines with \`git cherry-pick -x\`, in a work tree of its own.

The commit must be on trunk: trunk first, always. Features and breaking changes are refused. A conflict ends with exit 5 and the commands to resolve it by hand; the line is then untouched.`,
  examples: [
    "trunkline backport 4f2c9d1 --to 1.0",
    "trunkline backport 4f2c9d1 9b1e7aa --to all --apply",
  ],
  json: [
    "plan: { verb, title, steps: [{ kind, title, line, branch?, commits? }], refusals, notes }",
    "applied: boolean",
    "backports: [{ line, commit, origin, outcome: applied | adapted }], what this run wrote to the ledger",
  ],
  run: backport,
};

async function backport(input: CommandInput, context: CommandContext): Promise<CommandOutcome> {
  const repository = await openRepository(input, context);
  const facts = await readBackportFacts(repository, {
    named: input.args,
    to: linesOption(input),
    now: context.now(),
  });
  const backports: Readonly<Record<string, string>>[] = [];
  return applyPlan<BackportStep>({
    plan: planBackport(facts),
    apply: input.options["apply"] === true,
    context,
    privateDirectory: repository.privateDirectory,
    run: async (step) => {
      if (step.kind === "pick") return pickOntoLine({ repository, step, context });
      const recorded = await recordBackports(repository, step.line, context.now());
      for (const { commit, origin, adapted } of recorded) {
        backports.push({
          line: step.line,
          commit,
          origin,
          outcome: adapted ? "adapted" : "applied",
        });
      }
      return recordedText(recorded);
    },
    result: () => ({ backports }),
  });
}

function linesOption(input: CommandInput): readonly string[] {
  const value = input.options["to"];
  const lines = typeof value === "string" ? value.split(",").map((line) => line.trim()) : [];
  if (lines.length > 0 && lines.every((line) => line !== "")) return lines;
  throw new Failure({
    code: "usage",
    message: "--to is needed: a line, several with commas, or all.",
    next: "trunkline backport COMMIT --to 1.0 --apply",
    exitCode: exitCodes.usage,
  });
}

function recordedText(recorded: readonly { readonly adapted: boolean }[]): string {
  const adapted = recorded.filter((one) => one.adapted).length;
  const count = `${String(recorded.length)} recorded`;
  return adapted === 0
    ? count
    : `${count}, ${String(adapted)} adapted (trunkline check shows the difference)`;
}
