import { applyPlan } from "../apply/apply-plan.ts";
import { makeBuild } from "../apply/make-build.ts";
import type { CommandDefinition } from "../cli/command.ts";
import { readTrunkCommit } from "../facts/trunk-commit.ts";
import { planBuild } from "../plans/plan-build.ts";
import { buildPaths, readBuild } from "../tools/build-store.ts";
import { openRepository } from "../tools/repository.ts";

export const buildCommand: CommandDefinition = {
  args: [{ name: "[commit]", description: "what to build (default: trunk's head on the remote)" }],
  options: [],
  changes: true,
  details:
    "Make the build of a commit, once: in a clean worktree of its own, by the commands of the policy, packed into an archive whose digest is its identity.",
  examples: ["trunkline build --apply", "trunkline build 4f2c9d1 --apply --json"],
  json: [
    "plan: {verb, title, steps, refusals, notes}",
    "applied: boolean",
    "commit: string",
    "digest: string | null, sha256 of the archive's manifest.json; null: not made yet",
    "sizeBytes: number | null, of the archive",
    "file: string, the archive",
    "reports?: {title, durationMs, said?}[]",
  ],
  async run(input, context) {
    const repository = await openRepository(input, context);
    const { commit, subject } = await readTrunkCommit(repository, input.args[0]);
    let build = await readBuild(repository.stateDirectory, commit);
    return applyPlan({
      plan: planBuild({ commit, subject, madeDigest: build?.digest ?? null }),
      apply: input.options["apply"] === true,
      context,
      privateDirectory: repository.privateDirectory,
      run: async () => {
        build = await makeBuild(repository, commit, context);
        return `${build.digest} (${String(build.sizeBytes)} bytes)`;
      },
      result: () => ({
        commit,
        digest: build?.digest ?? null,
        sizeBytes: build?.sizeBytes ?? null,
        file: buildPaths(repository.stateDirectory, commit).archive,
      }),
    });
  },
};
