import type { Plan, Refusal } from "./plan.ts";

export interface BackportCommitFacts {
  readonly commit: string;
  readonly subject: string;
  readonly onTrunk: boolean;
  readonly feature: boolean;
  readonly breaking: boolean;
  /** Trunkline made it: it belongs to trunk alone. */
  readonly bookkeeping: boolean;
}

export interface BackportLineFacts {
  readonly name: string;
  readonly branch: string;
  readonly phase: string;
  /** Commits asked for that the line holds already: from before its cut, or backported. */
  readonly holds: readonly string[];
  /** Backports on the line that the ledger does not know. */
  readonly unrecorded: number;
}

export interface BackportFacts {
  readonly trunk: string;
  readonly remote: string;
  /** Oldest first. */
  readonly commits: readonly BackportCommitFacts[];
  readonly lines: readonly BackportLineFacts[];
}

export type BackportStep =
  | {
      readonly kind: "pick";
      readonly title: string;
      readonly line: string;
      readonly branch: string;
      readonly commits: readonly string[];
    }
  | { readonly kind: "record-backports"; readonly title: string; readonly line: string };

/** Trunk commits and lines → the picks to make and to record, or why they must not be made. */
export function planBackport(facts: BackportFacts): Plan<BackportStep> {
  const title = `backport ${facts.commits.map(({ commit }) => short(commit)).join(", ")} to ${facts.lines.map(({ name }) => name).join(", ")}`;
  const refusals = [
    ...facts.commits.flatMap((commit) => refuseCommit(commit, facts)),
    ...facts.lines.flatMap(refuseLine),
  ];
  const steps = refusals.length > 0 ? [] : facts.lines.flatMap((line) => lineSteps(line, facts));
  return {
    verb: "backport",
    title,
    steps,
    refusals,
    notes: facts.lines.flatMap((line) => notesOf(line, facts)),
  };
}

function refuseCommit(commit: BackportCommitFacts, facts: BackportFacts): readonly Refusal[] {
  const name = `${short(commit.commit)} (${commit.subject})`;
  const { trunk, remote } = facts;
  if (!commit.onTrunk) {
    return [
      {
        code: "not-on-trunk",
        message: `${name} is not on ${trunk}: trunk first, always.`,
        next: `Put it there and deploy it: git switch ${trunk} && git pull --ff-only && git cherry-pick ${commit.commit} && git push ${remote} ${trunk}; then backport the commit that makes.`,
      },
    ];
  }
  if (commit.bookkeeping) {
    return [
      {
        code: "bookkeeping",
        message: `${name} is Trunkline's own bookkeeping on ${trunk}.`,
        next: "Leave it there: each line has its own.",
      },
    ];
  }
  if (!commit.feature && !commit.breaking) return [];
  const what = commit.breaking ? "a breaking change" : "a feature";
  return [
    {
      code: commit.breaking ? "breaking" : "feature",
      message: `${name} is ${what}: a line takes fixes only, so that an upgrade within it is safe.`,
      next: "It ships with the next line: add a changeset and `trunkline cut` when it is proven.",
    },
  ];
}

function refuseLine(line: BackportLineFacts): readonly Refusal[] {
  if (line.phase !== "ended") return [];
  return [
    {
      code: "line-ended",
      message: `Line ${line.name} has ended: its maintenance window is over.`,
      next: "Ask its sites to upgrade to a supported line; `trunkline status` lists them.",
    },
  ];
}

function lineSteps(line: BackportLineFacts, facts: BackportFacts): readonly BackportStep[] {
  const commits = missing(line, facts);
  const record: BackportStep = {
    kind: "record-backports",
    title: `write what was backported to ${line.name} to the ledger`,
    line: line.name,
  };
  if (commits.length === 0) return line.unrecorded > 0 ? [record] : [];
  const { name, branch } = line;
  const title = `cherry-pick ${commits.map(short).join(", ")} onto ${branch} and push it`;
  return [{ kind: "pick", title, line: name, branch, commits }, record];
}

function notesOf(line: BackportLineFacts, facts: BackportFacts): readonly string[] {
  const held = facts.commits.filter(({ commit }) => line.holds.includes(commit));
  const notes = held.map(({ commit }) => `${short(commit)} is on ${line.branch} already`);
  if (line.phase !== "maintenance" || missing(line, facts).length === 0) return notes;
  return [...notes, `line ${line.name} is in maintenance: it takes security fixes only`];
}

function missing(line: BackportLineFacts, facts: BackportFacts): readonly string[] {
  return facts.commits.map(({ commit }) => commit).filter((commit) => !line.holds.includes(commit));
}

function short(commit: string): string {
  return commit.slice(0, 10);
}
