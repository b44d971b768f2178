import { exitCodes, Failure } from "../failure.ts";
import type { BackportCommitFacts, BackportFacts } from "../plans/plan-backport.ts";
import type { Git } from "../tools/git.ts";
import type { Repository } from "../tools/repository.ts";
import { commitIntent } from "../versions/commit-intent.ts";
import { findLine } from "./find-line.ts";
import { readLineFacts } from "./line-facts.ts";
import type { Line } from "./lines.ts";
import { readCommits } from "./read-commits.ts";
import { unrecordedBackports } from "./unrecorded-backports.ts";

export interface BackportRequest {
  /** Commits as a person named them. */
  readonly named: readonly string[];
  /** Line names, or `all`: every line that has not ended. */
  readonly to: readonly string[];
  readonly now: Date;
}

/**
 * What a backport depends on.
 * @throws Failure `not-found` for an unknown commit, `line-unknown` for an unknown line
 */
export async function readBackportFacts(
  repository: Repository,
  request: BackportRequest,
): Promise<BackportFacts> {
  const { git, policy } = repository;
  const { refs, entries, lines } = await readLineFacts(repository, request.now);
  const trunk =
    refs.trunk === null ? [] : await git.lines(["rev-list", "--topo-order", refs.trunk]);
  const commits: string[] = [];
  for (const named of request.named) commits.push(await resolve(repository, named));
  // Trunk is listed newest first; what is not on it comes last and is refused anyway.
  const ordered = [...new Set(commits)].toSorted(
    (left, right) => trunk.indexOf(right) - trunk.indexOf(left),
  );
  const chosen = chooseLines(lines, request.to);
  const lineFacts = [];
  for (const line of chosen) {
    const { name, branch, phase } = line;
    const holds = await heldBy(git, line, ordered);
    lineFacts.push({
      name,
      branch,
      phase,
      holds,
      unrecorded: unrecordedBackports(line, entries).length,
    });
  }
  const facts: BackportCommitFacts[] = [];
  for (const commit of ordered) facts.push(await commitFacts(git, commit, trunk.includes(commit)));
  return { trunk: policy.trunk, remote: policy.remote, commits: facts, lines: lineFacts };
}

function chooseLines(lines: readonly Line[], to: readonly string[]): readonly Line[] {
  if (to.includes("all")) {
    const alive = lines.filter((line) => line.phase !== "ended");
    if (alive.length > 0) return alive;
    throw new Failure({
      code: "line-unknown",
      message: "There is no line that takes backports.",
      next: "Cut one: `trunkline cut --apply`.",
      exitCode: exitCodes.usage,
    });
  }
  return [...new Set(to.map((named) => findLine(lines, named)))];
}

async function resolve(repository: Repository, named: string): Promise<string> {
  const commit = await repository.git.resolve(named);
  if (commit !== null) return commit;
  const { remote, trunk } = repository.policy;
  throw new Failure({
    code: "not-found",
    message: `There is no commit "${named}" in this repository or on ${remote}.`,
    next: `Name a commit of ${trunk}: \`git log ${remote}/${trunk}\`.`,
    exitCode: exitCodes.usage,
  });
}

async function heldBy(
  git: Git,
  line: Line,
  commits: readonly string[],
): Promise<readonly string[]> {
  const origins = new Set(
    line.commits.flatMap(({ is }) => (is.kind === "backport" ? [is.origin] : [])),
  );
  const held: string[] = [];
  for (const commit of commits) {
    const ancestor = await git.attempt(["merge-base", "--is-ancestor", commit, line.head]);
    if (origins.has(commit) || ancestor.code === 0) held.push(commit);
  }
  return held;
}

async function commitFacts(
  git: Git,
  commit: string,
  onTrunk: boolean,
): Promise<BackportCommitFacts> {
  const [raw] = await readCommits(git, `${commit}^!`);
  const { feature, breaking } = commitIntent(raw?.message ?? "");
  const bookkeeping = (raw?.bookkeeping.length ?? 0) > 0;
  return { commit, subject: raw?.subject ?? "", onTrunk, feature, breaking, bookkeeping };
}
