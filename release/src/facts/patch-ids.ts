import { gitFailure } from "../tools/git.ts";
import type { Git } from "../tools/git.ts";

/**
 * The identity of each commit's change, whatever it is based on. A merge is compared with its
 * first parent. A commit that changes nothing has none.
 */
export async function readPatchIds(
  git: Git,
  commits: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (commits.length === 0) return new Map();
  const shape = ["-r", "--root", "-p", "--full-index", "--no-renames", "--no-ext-diff"];
  const args = ["diff-tree", "--stdin", "--no-textconv", "--diff-merges=first-parent", ...shape];
  // A patch may hold any bytes: it stays a buffer.
  const diffs = await git.attempt(args, { input: `${[...new Set(commits)].join("\n")}\n` });
  if (diffs.code !== 0) throw gitFailure(git.directory, args, diffs);
  const lines = await git.lines(["patch-id", "--stable"], { input: diffs.stdout });
  const pairs = lines.map((line) => line.split(" "));
  return new Map(pairs.map(([patchId = "", commit = ""]) => [commit, patchId]));
}
