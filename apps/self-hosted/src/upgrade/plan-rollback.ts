import { failed, done } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import type { Operation } from "../journal/operation.ts";
import {
  isComplete,
  releaseDirectory,
  requireCurrentVersion,
} from "../releases/current-release.ts";
import { filesChanged, verifyRelease } from "../releases/verify-release.ts";
import type { SitePaths } from "../site/site-paths.ts";

export type RollbackPlan = { readonly fromVersion: string; readonly toVersion: string };

/** Finds the release that served before the last upgrade, and checks that it is as published. */
export async function planRollback(
  paths: SitePaths,
  operations: readonly Operation[],
): Promise<SiteResult<RollbackPlan>> {
  const current = requireCurrentVersion(paths);
  if (!current.ok) return current;
  const toVersion = findPrevious(operations, current.value);
  if (toVersion === null) {
    return failed(
      "nothing-to-roll-back",
      `Release ${current.value} was not reached by an upgrade here.`,
      "Nothing needs to be done; shortlinectl status lists the installed releases.",
    );
  }
  const directory = releaseDirectory(paths, toVersion);
  if (!isComplete(paths, toVersion)) {
    const next = "Upgrade to a newer release instead; a release that is gone cannot serve.";
    return failed(
      "release-incomplete",
      `The previous release ${toVersion} is not there as a whole.`,
      next,
    );
  }
  const differences = await verifyRelease(directory);
  if (!differences.ok) return differences;
  if (differences.value.length > 0) return filesChanged(directory, differences.value);
  return done({ fromVersion: current.value, toVersion });
}

function findPrevious(operations: readonly Operation[], current: string): string | null {
  const upgrade = operations.findLast(
    (operation) =>
      operation.kind === "upgrade" && operation.ended === "new" && operation.toVersion === current,
  );
  return upgrade?.fromVersion ?? null;
}
