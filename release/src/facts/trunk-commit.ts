import { exitCodes, Failure } from "../failure.ts";
import type { Repository } from "../tools/repository.ts";
import { readRefs } from "./refs.ts";

export interface TrunkCommit {
  readonly commit: string;
  /** Reachable from trunk as the remote has it. */
  readonly onTrunk: boolean;
  readonly subject: string;
}

/**
 * The commit a person named, or trunk's head on the remote when they named none.
 * @throws Failure `not-found`; `git-failed` when the remote cannot be reached
 */
export async function readTrunkCommit(
  repository: Repository,
  named: string | undefined,
): Promise<TrunkCommit> {
  const { git, policy } = repository;
  const { trunk } = await readRefs(git, policy);
  const commit = named === undefined ? trunk : await git.resolve(named);
  if (commit === null) throw notFound(repository, named);
  const onTrunk = trunk !== null && (await isAncestor(repository, commit, trunk));
  const subject = await git.text(["show", "--no-patch", "--format=%s", commit]);
  return { commit, onTrunk, subject };
}

async function isAncestor(repository: Repository, commit: string, trunk: string): Promise<boolean> {
  const answer = await repository.git.attempt(["merge-base", "--is-ancestor", commit, trunk]);
  return answer.code === 0;
}

function notFound(repository: Repository, named: string | undefined): Failure {
  const { remote, trunk } = repository.policy;
  if (named === undefined) {
    return new Failure({
      code: "not-found",
      message: `There is no trunk "${trunk}" on ${remote}.`,
      next: `Push it (git push ${remote} ${trunk}), or name the commit.`,
    });
  }
  return new Failure({
    code: "not-found",
    message: `There is no commit "${named}" here.`,
    next: `See \`git log ${remote}/${trunk}\`; fetch it when it is newer than this clone.`,
    exitCode: exitCodes.usage,
  });
}
