import { matchesGlob } from "node:path";
import { commitIntent, pickedFrom } from "../versions/commit-intent.ts";
import type { RawCommit } from "./read-commits.ts";

/** What a commit on a line is, by the trunk-first contract. */
export type LineCommitKind =
  | { readonly kind: "bookkeeping"; readonly verb: string }
  | {
      readonly kind: "backport";
      readonly origin: string;
      /** Its patch differs from its origin's. */
      readonly adapted: boolean;
      readonly originOnTrunk: true;
    }
  | { readonly kind: "line-only"; readonly reason: string }
  | { readonly kind: "refused"; readonly rule: RefusalRule; readonly why: string };

/** Which rule a refused commit breaks. */
export type RefusalRule =
  | "breaking"
  | "feature"
  | "forged-bookkeeping"
  | "line-only-without-reason"
  | "merge"
  | "origin-not-on-trunk"
  | "undeclared";

export interface ClassifyFacts {
  /** Globs of files that bookkeeping may touch. */
  readonly bookkeepingFiles: readonly string[];
  /** The commit the line leaves trunk at: a cut's bookkeeping is its child. */
  readonly cutPoint: string | null;
  /** Manifests in which a commit that calls itself bookkeeping changes more than the version. */
  readonly changedManifests: ReadonlyMap<string, readonly string[]>;
  readonly isOnTrunk: (commit: string) => boolean;
  readonly patchIds: ReadonlyMap<string, string>;
}

export function classifyLineCommit(commit: RawCommit, facts: ClassifyFacts): LineCommitKind {
  if (commit.parents.length > 1) {
    return refused("merge", "it is a merge, and a line takes single commits only");
  }
  if (commit.bookkeeping.length > 0) return classifyBookkeeping(commit, facts);
  const intent = commitIntent(commit.message);
  if (intent.breaking) return refused("breaking", "it is a breaking change, and a line takes none");
  if (intent.feature) return refused("feature", "it is a feature, and a line takes none");
  const picked = pickedFrom(commit.message);
  const origin = picked.findLast((candidate) => facts.isOnTrunk(candidate));
  if (origin !== undefined) {
    const adapted = facts.patchIds.get(origin) !== facts.patchIds.get(commit.commit);
    return { kind: "backport", origin, adapted, originOnTrunk: true };
  }
  if (commit.lineOnly.length > 0) return classifyLineOnly(commit);
  if (picked.length === 0) {
    return refused(
      "undeclared",
      "it names no trunk commit and declares no reason to be on the line only",
    );
  }
  return refused(
    "origin-not-on-trunk",
    `it was picked from ${String(picked.at(-1)).slice(0, 10)}, which is not on trunk`,
  );
}

/** Only a cut makes bookkeeping, and only as the line's first commit. */
function classifyBookkeeping(commit: RawCommit, facts: ClassifyFacts): LineCommitKind {
  const says = "it says it is Trunkline's bookkeeping, but";
  const verb = commit.bookkeeping.find((value) => value !== "cut");
  if (verb !== undefined) return refused("forged-bookkeeping", `${says} "${verb}" makes none`);
  if (facts.cutPoint === null || commit.parents[0] !== facts.cutPoint) {
    return refused("forged-bookkeeping", `${says} a cut's is the line's first commit only`);
  }
  const others = commit.files.filter(
    (file) => !facts.bookkeepingFiles.some((glob) => matchesGlob(file, glob)),
  );
  if (others.length > 0) {
    return refused("forged-bookkeeping", `${says} touches ${named(others)}`);
  }
  const changed = facts.changedManifests.get(commit.commit) ?? [];
  if (changed.length > 0) {
    return refused(
      "forged-bookkeeping",
      `${says} changes more than the version in ${named(changed)}`,
    );
  }
  return { kind: "bookkeeping", verb: "cut" };
}

function named(files: readonly string[]): string {
  return files.slice(0, 5).join(", ");
}

function classifyLineOnly(commit: RawCommit): LineCommitKind {
  const reason = commit.lineOnly.find((value) => value !== "");
  if (reason === undefined)
    return refused("line-only-without-reason", "its Line-Only trailer gives no reason");
  return { kind: "line-only", reason };
}

function refused(rule: RefusalRule, why: string): LineCommitKind {
  return { kind: "refused", rule, why };
}
