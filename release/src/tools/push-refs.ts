import { Failure } from "../failure.ts";
import { gitFailure } from "./git.ts";
import type { Git } from "./git.ts";
import { saysMovedMeanwhile } from "./moved-meanwhile.ts";
import { hasRemote } from "./remote-ref.ts";

export interface RefUpdate {
  readonly ref: string;
  /** What the ref must point at now; null: it must not exist. */
  readonly before: string | null;
  readonly after: string;
}

/**
 * Moves several refs on the remote, all or none, each only from where it was seen. Without a
 * remote it moves them here, a checked-out branch together with its clean work tree.
 * @returns false when one of them moved meanwhile
 * @throws Failure `push-refused` when the remote's rules forbid it; `git-failed` otherwise
 */
export async function pushRefs(
  git: Git,
  remote: string,
  updates: readonly RefUpdate[],
): Promise<boolean> {
  const leases = updates.map(({ ref, before }) => `--force-with-lease=${ref}:${before ?? ""}`);
  const specs = updates.map(({ ref, after }) => `${after}:${ref}`);
  const target = await pushTarget(git, remote);
  const args = ["push", "--porcelain", "--no-verify", "--atomic", ...leases, ...target, ...specs];
  const result = await git.attempt(args);
  if (result.code === 0) return true;
  const said = `${result.stdout.toString()}\n${result.stderr}`;
  if (/hook declined|protected branch|GH0\d\d|not allowed|prohibited|denied/i.test(said)) {
    throw new Failure({
      code: "push-refused",
      message: `${remote} refuses the push: ${result.stderr.trim().slice(-2000)}`,
      next: `Let this identity push ${updates.map(({ ref }) => ref).join(" and ")}, then run the same command again.`,
    });
  }
  if (saysMovedMeanwhile(said)) return false;
  throw gitFailure(git.directory, args, result);
}

async function pushTarget(git: Git, remote: string): Promise<readonly string[]> {
  if (await hasRemote(git, remote)) return [remote];
  const here = await git.text(["rev-parse", "--path-format=absolute", "--git-common-dir"]);
  return ["--receive-pack=git -c receive.denyCurrentBranch=updateInstead receive-pack", here];
}
