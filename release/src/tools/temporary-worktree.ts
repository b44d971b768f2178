import { join } from "node:path";
import type { Git } from "./git.ts";
import { withOwnedDirectory } from "./owned-directory.ts";

export interface WorktreeOptions {
  /** Trunkline's folder inside the git directory. */
  readonly privateDirectory: string;
  readonly commit: string;
  readonly pid: number;
}

/**
 * Runs `work` in a detached work tree of its own, which is removed afterwards; those that
 * killed runs left behind are removed first. No hook of the repository runs in it.
 */
export async function withTemporaryWorktree<Value>(
  git: Git,
  options: WorktreeOptions,
  work: (worktree: Git) => Promise<Value>,
): Promise<Value> {
  const owned = {
    folder: join(options.privateDirectory, "worktrees"),
    pid: options.pid,
    // Twice: a half-made one is still locked.
    afterRemoval: async (directory: string) => {
      await git.attempt(["worktree", "remove", "--force", "--force", directory]);
    },
  };
  return withOwnedDirectory(owned, async (directory) => {
    const add = ["worktree", "add", "--quiet", "--detach", directory, options.commit];
    await git.text(["-c", "core.hooksPath=/dev/null", ...add]);
    return work(git.in(directory));
  });
}
