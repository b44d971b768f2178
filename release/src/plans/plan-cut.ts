import { describeDuration } from "../policy/duration.ts";
import { compareLines, lineBranch, lineOfVersion } from "../versions/line-name.ts";
import { nextLineVersion } from "../versions/next-line-version.ts";
import type { Bump } from "../versions/next-line-version.ts";
import type { Plan, Refusal } from "./plan.ts";

/** How a commit fared in the proving environment. */
export interface ProofFacts {
  readonly commit: string;
  readonly deployment: string;
  readonly servedMs: number;
  readonly serving: boolean;
  readonly rolledBack: { readonly at: string; readonly reason: string | null } | null;
}

export interface CutLineFacts {
  readonly name: string;
  readonly branch: string;
  readonly head: string;
  /** The trunk commit it was cut from. */
  readonly base: string | null;
  readonly recorded: boolean;
  /** Its first commit says that Trunkline made it, and when: a cut that the ledger may not know. */
  readonly madeByCut: { readonly at: string; readonly provenBy: string } | null;
}

export interface CutFacts {
  readonly now: Date;
  readonly environment: string;
  readonly bakeTimeMs: number;
  /** The commit a person named, or the newest that qualifies; null when there is none. */
  readonly commit: string | null;
  readonly named: boolean;
  readonly onTrunk: boolean;
  /** The commit's record; null: it never served. */
  readonly proof: ProofFacts | null;
  readonly newestQualifying: string | null;
  /** The commit that qualifies next if it keeps serving. */
  readonly baking: ProofFacts | null;
  readonly lines: readonly CutLineFacts[];
  /** Lines the ledger knows, whether their branch is still there or not. */
  readonly recordedLines: readonly string[];
  /** The commit lies before the one the newest line was cut from. */
  readonly olderThanNewestLine: boolean;
  readonly pending: {
    readonly changesets: readonly { readonly id: string }[];
    readonly bump: Bump;
  };
  readonly allowEmpty: boolean;
  readonly firstLine: string;
  readonly branchPattern: string;
}

export type CutStep =
  | {
      readonly kind: "push-line";
      readonly title: string;
      readonly line: string;
      readonly branch: string;
      readonly version: string;
      readonly commit: string;
      readonly provenBy: string;
    }
  | {
      readonly kind: "record-cut";
      readonly title: string;
      readonly line: string;
      readonly version: string;
      readonly commit: string;
      readonly provenBy: string;
      /** When the line was made; null: by this very run. */
      readonly at: string | null;
    };

/** Facts about trunk, the ledger and the lines → what a cut does, or why it must not. */
export function planCut(facts: CutFacts): Plan<CutStep> {
  const unfinished = facts.lines.flatMap((line) => finishStep(line));
  const existing = facts.lines.find(
    (line) => line.base !== null && line.base === facts.commit && (line.recorded || line.madeByCut),
  );
  if (existing !== undefined) {
    return plan(`cut: line ${existing.name} exists, cut from ${short(facts.commit)}`, unfinished);
  }
  const newest = newestLine(facts);
  const refusals = refusalsOf(facts, newest);
  if (refusals.length > 0 && unfinished.length > 0 && !facts.named) {
    return plan("cut: finish what an interrupted run began", unfinished);
  }
  if (facts.commit === null || refusals.length > 0) {
    const title = `cut a line${facts.commit === null ? "" : ` from ${short(facts.commit)}`}`;
    return { verb: "cut", title, steps: [], refusals, notes: [] };
  }
  const version = nextLineVersion(newest, facts.pending.bump, facts.firstLine);
  const line = lineOfVersion(version);
  const about = { line, version, commit: facts.commit, provenBy: facts.proof?.deployment ?? "" };
  const branch = lineBranch(facts.branchPattern, line);
  const count = facts.pending.changesets.length;
  return plan(`cut line ${line} for ${version} from ${short(facts.commit)}`, [
    ...unfinished,
    {
      kind: "push-line",
      title: `push ${branch} with version ${version}, its release notes and ${String(count)} changesets consumed, and the same bookkeeping on trunk`,
      branch,
      ...about,
    },
    {
      kind: "record-cut",
      title: `write the cut of line ${line} to the ledger`,
      at: null,
      ...about,
    },
  ]);
}

function plan(title: string, steps: readonly CutStep[]): Plan<CutStep> {
  return { verb: "cut", title, steps, refusals: [], notes: [] };
}

/** A line whose cut was killed between its push and its ledger entry. */
function finishStep(line: CutLineFacts): readonly CutStep[] {
  if (line.recorded || line.madeByCut === null || line.base === null) return [];
  return [
    {
      kind: "record-cut",
      title: `write the cut of line ${line.name}, which an interrupted run pushed, to the ledger`,
      line: line.name,
      version: `${line.name}.0`,
      commit: line.base,
      provenBy: line.madeByCut.provenBy,
      at: line.madeByCut.at,
    },
  ];
}

function newestLine(facts: CutFacts): string | null {
  const names = [...facts.lines.map((line) => line.name), ...facts.recordedLines];
  return names.toSorted(compareLines).at(-1) ?? null;
}

function refusalsOf(facts: CutFacts, newest: string | null): readonly Refusal[] {
  if (facts.commit === null) return [nothingQualifies(facts)];
  const reason = whyNotProven(facts);
  if (reason !== null) {
    return [
      {
        code: "not-proven",
        message: `${short(facts.commit)} is not proven: ${reason}.`,
        next: nextCommit(facts),
      },
    ];
  }
  if (facts.olderThanNewestLine) {
    return [
      {
        code: "older-than-line",
        message: `${short(facts.commit)} is older than the commit line ${newest ?? ""} was cut from.`,
        next: nextCommit(facts),
      },
    ];
  }
  if (newest === null || facts.allowEmpty || facts.pending.bump !== "none") return [];
  return [
    {
      code: "nothing-to-release",
      message: `Nothing to release: no changeset is pending at ${short(facts.commit)} since line ${newest}.`,
      next: "Say what changed with `changeset add` on trunk, or cut it all the same with --allow-empty.",
    },
  ];
}

function whyNotProven(facts: CutFacts): string | null {
  const { proof, environment, bakeTimeMs } = facts;
  if (!facts.onTrunk) return "it is not on trunk";
  if (proof === null) return `it never served in ${environment}`;
  if (proof.rolledBack !== null) {
    const why = proof.rolledBack.reason === null ? "" : ` (${proof.rolledBack.reason})`;
    return `it was rolled back in ${environment} at ${proof.rolledBack.at}${why}`;
  }
  if (proof.servedMs >= bakeTimeMs) return null;
  const served = `it served ${describeDuration(proof.servedMs)} of ${describeDuration(bakeTimeMs)} in ${environment}`;
  return proof.serving ? `${served}; ${whenBaked(proof, facts)}` : `${served} and serves no more`;
}

function nothingQualifies(facts: CutFacts): Refusal {
  return {
    code: "not-proven",
    message: `No commit of trunk is proven: none served ${describeDuration(facts.bakeTimeMs)} in ${facts.environment} without a rollback.`,
    next: nextCommit(facts),
  };
}

/** The newest commit that qualifies, or when one will. */
function nextCommit(facts: CutFacts): string {
  const { newestQualifying, baking, commit } = facts;
  const waiting =
    baking === null || baking.commit === commit
      ? ""
      : ` ${short(baking.commit)} is baking: ${whenBaked(baking, facts)}.`;
  if (newestQualifying !== null && newestQualifying !== commit) {
    return `The newest commit that qualifies is ${newestQualifying}: trunkline cut ${newestQualifying} --apply.${waiting}`;
  }
  if (newestQualifying !== null) return `Deploy a newer commit and let it serve.${waiting}`;
  if (baking !== null)
    return `No commit qualifies yet. ${short(baking.commit)} is baking: ${whenBaked(baking, facts)}.`;
  return `No commit qualifies yet: deploy one (trunkline deploy --environment ${facts.environment} --apply) and let it serve for ${describeDuration(facts.bakeTimeMs)}.`;
}

function whenBaked(proof: ProofFacts, facts: CutFacts): string {
  const at = new Date(facts.now.getTime() + facts.bakeTimeMs - proof.servedMs);
  return `it qualifies at ${at.toISOString()} if it keeps serving`;
}

function short(commit: string | null): string {
  return (commit ?? "").slice(0, 10);
}
