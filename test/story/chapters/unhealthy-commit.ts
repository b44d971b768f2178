import type { Chapter } from "../chapter.ts";
import { hostedDefects } from "../defects.ts";
import { readVersion } from "../shortline-client.ts";
import { prove } from "../story-error.ts";
import { commitEdits } from "../trunk-commit.ts";
import { recall, trunkline } from "../world.ts";
import { hostedAddress } from "./first-deployment.ts";

export const unhealthyCommit: Chapter = {
  letter: "c",
  title: "Deploy a commit whose build is not healthy",
  proves: "it never serves, and the ledger says why",
  run: async (world) => {
    const commit = await commitEdits(world, { branch: "main", ...hostedDefects.unhealthy });
    world.remembered.set("unhealthy", commit);
    const run = await trunkline(
      world,
      "deploy",
      commit,
      "--apply",
      "--owner-pid",
      String(process.pid),
    );
    prove(
      run.exitCode === 1,
      `deploying an unhealthy build exited ${String(run.exitCode)}, not 1: ${run.said}`,
    );
    const version = await readVersion(hostedAddress(world));
    prove(
      version.commit === recall(world, "rehearsal"),
      `${version.commit} serves now, but the healthy build before should`,
    );
    const ledger = await trunkline(world, "ledger");
    const entries: readonly unknown[] = Array.isArray(ledger.data["entries"])
      ? ledger.data["entries"]
      : [];
    const failure = entries
      .map(asRecord)
      .find((entry) => entry["commit"] === commit && entry["outcome"] === "failed");
    prove(
      typeof failure?.["reason"] === "string",
      "the ledger has no failed deployment with a reason for this commit",
    );
    return [
      `exit 1; ${version.commit.slice(0, 10)} went on serving`,
      `ledger: ${failure["reason"].split("\n")[0]?.slice(0, 160) ?? ""}`,
    ];
  },
};

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
