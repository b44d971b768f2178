import { applyPlan } from "../apply/apply-plan.ts";
import { pushLine } from "../apply/push-line.ts";
import { recordCut, supportWindow } from "../apply/record-cut.ts";
import type {
  CommandContext,
  CommandDefinition,
  CommandInput,
  CommandOutcome,
} from "../cli/command.ts";
import { readCutFacts } from "../facts/cut-facts.ts";
import type { CutReading } from "../facts/cut-facts.ts";
import { planCut } from "../plans/plan-cut.ts";
import type { CutStep } from "../plans/plan-cut.ts";
import { openRepository } from "../tools/repository.ts";
import type { Repository } from "../tools/repository.ts";
import { lineBranch } from "../versions/line-name.ts";

export const cutCommand: CommandDefinition = {
  args: [{ name: "[commit]", description: "a proven trunk commit (default: the newest there is)" }],
  options: [{ flags: "--allow-empty", description: "cut even when no changeset is pending" }],
  changes: true,
  details: `Cuts a version line from a proven commit.

A commit is proven when it served in the proving environment for the policy's bake time and was not rolled back; anything else is refused (exit 3) with the reason and the newest commit that qualifies. The cut decides the line's version from the pending changesets, consumes them on the line and on trunk, writes the operator's RELEASE-NOTES.md, and fixes the support window.`,
  examples: ["trunkline cut", "trunkline cut --apply", "trunkline cut 4f2c9d1 --apply --json"],
  json: [
    "plan: { verb, title, steps: [{ kind, title, line, version, commit, provenBy }], refusals: [{ code, message, next }], notes }",
    "applied: boolean",
    "line: string | null, its name",
    "version, branch, head, commit, provenBy, supportedUntil, maintainedUntil: strings, of the line",
  ],
  run: cut,
};

async function cut(input: CommandInput, context: CommandContext): Promise<CommandOutcome> {
  const repository = await openRepository(input, context);
  const startedAt = context.now();
  const reading = await readCutFacts(repository, {
    named: input.args[0],
    allowEmpty: input.options["allowEmpty"] === true,
    now: startedAt,
  });
  const plan = planCut(reading.facts);
  let head: string | null = null;
  return applyPlan<CutStep>({
    plan,
    apply: input.options["apply"] === true,
    context,
    privateDirectory: repository.privateDirectory,
    run: async (step) => {
      if (step.kind === "record-cut") return recordCut(repository, step, startedAt);
      head = await pushLine({ repository, step, pending: reading.pending, at: startedAt });
      return `${step.branch} is at ${head.slice(0, 10)}`;
    },
    result: () => cutResult({ repository, reading, steps: plan.steps, head, startedAt }),
  });
}

interface CutDone {
  readonly repository: Repository;
  readonly reading: CutReading;
  readonly steps: readonly CutStep[];
  /** The first commit of the line that this run pushed. */
  readonly head: string | null;
  readonly startedAt: Date;
}

function cutResult(done: CutDone): Readonly<Record<string, unknown>> {
  const { policy } = done.repository;
  const { facts, lines } = done.reading;
  const step = done.steps.findLast((candidate) => candidate.kind === "record-cut");
  if (step !== undefined) {
    const { line, version, commit, provenBy } = step;
    const head = done.head ?? lines.find(({ name }) => name === line)?.head ?? null;
    const window = supportWindow(policy, step.at === null ? done.startedAt : new Date(step.at));
    const branch = lineBranch(policy.lines.branch, line);
    return { line, version, branch, head, commit, provenBy, ...window };
  }
  const existing = lines.find(({ cut: entry }) => entry !== null && entry.commit === facts.commit);
  if (existing?.cut === undefined || existing.cut === null) return { line: null };
  const { version, commit, provenBy, supportedUntil, maintainedUntil } = existing.cut;
  const { name, branch, head } = existing;
  return { line: name, version, branch, head, commit, provenBy, supportedUntil, maintainedUntil };
}
