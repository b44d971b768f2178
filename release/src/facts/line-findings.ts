import type { Policy } from "../policy/config.ts";
import type { RefusalRule } from "./classify-line-commit.ts";
import type { Line, LineCommit } from "./lines.ts";

/** A breach of the trunk-first contract. */
export interface LineFinding {
  readonly line: string;
  readonly rule: RefusalRule | "no-cut" | "no-history" | "rewritten" | "tag-elsewhere";
  /** The commit it is about; null: the branch as a whole. */
  readonly commit: string | null;
  readonly author: string | null;
  readonly subject: string | null;
  readonly files: readonly string[];
  readonly message: string;
  /** Commands and advice, in order. */
  readonly next: readonly string[];
}

/** All breaches on one line: of the branch first, then of its commits, oldest first. */
export function lineFindings(line: Line, policy: Policy): readonly LineFinding[] {
  const commits = line.commits.flatMap((commit) => {
    if (commit.is.kind !== "refused") return [];
    return [commitFinding(commit, { rule: commit.is.rule, why: commit.is.why, line, policy })];
  });
  return [...branchFindings(line, policy), ...commits];
}

function branchFindings(line: Line, policy: Policy): readonly LineFinding[] {
  const found: LineFinding[] = [];
  const about = { line: line.name, commit: null, author: null, subject: null, files: [] };
  if (line.mergeBase === null) {
    found.push({
      ...about,
      rule: "no-history",
      message: `${line.branch} shares no history with ${policy.trunk}.`,
      next: [
        `Remove the branch (git push ${policy.remote} --delete ${line.branch}) and cut the line with \`trunkline cut\`.`,
      ],
    });
  } else if (line.cut === null) {
    found.push({
      ...about,
      rule: "no-cut",
      message: `The ledger holds no cut for ${line.branch}.`,
      next: [
        `A cut that was interrupted is finished by: trunkline cut ${line.mergeBase} --apply`,
        `A branch made by hand is removed by: git push ${policy.remote} --delete ${line.branch}`,
      ],
    });
  }
  if (line.rewritten && line.cut !== null) {
    found.push({
      ...about,
      rule: "rewritten",
      message: `${line.branch} no longer holds ${line.cut.commit}, from which it was cut.`,
      next: [
        `Find who rewrote it (git reflog, the remote's log) and restore it: git push --force-with-lease ${policy.remote} COMMIT:${line.branch}`,
      ],
    });
  }
  for (const release of line.releases.filter(({ onLine }) => !onLine)) {
    found.push({
      ...about,
      rule: "tag-elsewhere",
      commit: release.commit,
      message: `The tag ${release.tag} is on ${release.commit.slice(0, 10)}, which is not on ${line.branch}.`,
      next: [
        `When nothing was shipped under it, remove it: git push ${policy.remote} --delete ${release.tag}`,
      ],
    });
  }
  return found;
}

interface CommitFindingFacts {
  readonly rule: RefusalRule;
  readonly why: string;
  readonly line: Line;
  readonly policy: Policy;
}

function commitFinding(commit: LineCommit, facts: CommitFindingFacts): LineFinding {
  return {
    line: facts.line.name,
    rule: facts.rule,
    commit: commit.commit,
    author: commit.author,
    subject: commit.subject,
    files: commit.files,
    message: `${commit.commit.slice(0, 10)} breaks trunk-first: ${facts.why}.`,
    next: [...toTrunk(commit, facts), ...offTheLine(commit, facts), ...lineOnly(commit, facts)],
  };
}

function toTrunk(
  commit: LineCommit,
  { rule, policy, line }: CommitFindingFacts,
): readonly string[] {
  const { trunk, remote } = policy;
  const fetch = `git fetch ${remote}`;
  if (rule === "merge" || rule === "forged-bookkeeping") {
    return [
      `Take what it brings through ${trunk}, one commit each: trunkline backport COMMIT --to ${line.name} --apply`,
    ];
  }
  const put = `Put it on ${trunk}: ${fetch} && git switch ${trunk} && git pull --ff-only && git cherry-pick ${commit.commit} && git push ${remote} ${trunk}`;
  if (rule === "feature" || rule === "breaking") return [`${put}; it ships with the next line.`];
  return [
    put,
    `Deploy it: trunkline deploy --apply`,
    `Then, with the commit off the line, backport it: trunkline backport COMMIT --to ${line.name} --apply`,
  ];
}

function offTheLine(commit: LineCommit, { policy, line }: CommitFindingFacts): readonly string[] {
  const { remote } = policy;
  const parent = commit.parents[0] ?? `${commit.commit}^`;
  const push = `git push --force-with-lease ${remote} ${line.branch}`;
  const drop = `git fetch ${remote} && git switch ${line.branch} && git rebase --onto ${parent} ${commit.commit} ${line.branch} && ${push}`;
  return [`Take it off the line: ${drop}`];
}

function lineOnly(
  commit: LineCommit,
  { rule, policy, line }: CommitFindingFacts,
): readonly string[] {
  if (!["undeclared", "line-only-without-reason", "origin-not-on-trunk"].includes(rule)) return [];
  const trailer = `--trailer "Line-Only: REASON"`;
  const push = `git push --force-with-lease ${policy.remote} ${line.branch}`;
  if (commit.commit === line.head) {
    return [
      `Or, when it can only ever be on the line, say why: git switch ${line.branch} && git commit --amend --no-edit ${trailer} && ${push}`,
    ];
  }
  return [
    `Or, when it can only ever be on the line, say why: git switch ${line.branch} && git rebase -i ${commit.commit}^ (mark it "edit"), git commit --amend --no-edit ${trailer}, git rebase --continue, ${push}`,
  ];
}
