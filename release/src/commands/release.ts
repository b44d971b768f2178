import { applyPlan } from "../apply/apply-plan.ts";
import { pushTag } from "../apply/push-tag.ts";
import type {
  CommandContext,
  CommandDefinition,
  CommandInput,
  CommandOutcome,
} from "../cli/command.ts";
import { readReleaseFacts } from "../facts/release-facts.ts";
import { exitCodes, Failure } from "../failure.ts";
import { appendToLedger } from "../ledger/ledger.ts";
import { planRelease } from "../plans/plan-release.ts";
import type { ReleaseFacts, ReleaseStep } from "../plans/plan-release.ts";
import { openRepository } from "../tools/repository.ts";
import type { Repository } from "../tools/repository.ts";

export const releaseCommand: CommandDefinition = {
  args: [],
  options: [{ flags: "--line <line>", description: "the line to release" }],
  changes: true,
  details: `Releases a line: its first version, or the next patch.

The line is checked first (trunkline check); findings refuse the release. The first release takes the version the cut decided and needs every QA role's approval of the line's head. Afterwards semantic-release computes the patch from the commits since the last tag; anything but a patch is refused. With no commit that asks for a release there is nothing to do.`,
  examples: ["trunkline release --line 1.0", "trunkline release --line 1.0 --apply --json"],
  json: [
    "plan: { verb, title, steps: [{ kind, title, line, version, tag, commit }], refusals, notes }",
    "applied: boolean",
    "line: string, version: string | null, tag: string | null, commit: string",
    "notes: string, Markdown",
  ],
  run: release,
};

async function release(input: CommandInput, context: CommandContext): Promise<CommandOutcome> {
  const repository = await openRepository(input, context);
  const request = { line: lineOption(input), now: context.now(), pid: context.pid };
  const { facts, notes } = await readReleaseFacts(repository, request);
  const plan = planRelease(facts);
  return applyPlan<ReleaseStep>({
    plan,
    apply: input.options["apply"] === true,
    context,
    privateDirectory: repository.privateDirectory,
    run: async (step) => {
      if (step.kind === "tag") return pushTag(repository, step, notes);
      return recordRelease(repository, step);
    },
    result: () => ({ ...released(facts, plan.steps), notes }),
  });
}

function lineOption(input: CommandInput): string {
  const value = input.options["line"];
  if (typeof value === "string" && value !== "") return value;
  throw new Failure({
    code: "usage",
    message: "--line is needed.",
    next: "trunkline release --line 1.0 --apply",
    exitCode: exitCodes.usage,
  });
}

async function recordRelease(
  repository: Repository,
  step: Extract<ReleaseStep, { kind: "record-release" }>,
): Promise<string | undefined> {
  const { line, commit, version, tag } = step;
  const entry = { kind: "release", outcome: "released", line, commit, version, tag } as const;
  const written = await appendToLedger(repository.ledger, [entry], (_entry, chain) =>
    chain.some((known) => known.kind === "release" && known.tag === tag),
  );
  return written.length === 0 ? "the ledger has it already" : undefined;
}

/** The release this run made or finished, or the last one there is. */
function released(
  { line }: ReleaseFacts,
  steps: readonly ReleaseStep[],
): Readonly<Record<string, unknown>> {
  const made = steps.at(-1) ?? line.releases.at(-1);
  const { name } = line;
  if (made === undefined) return { line: name, version: null, tag: null, commit: line.head };
  return { line: name, version: made.version, tag: made.tag, commit: made.commit };
}
