import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import type { Policy } from "../policy/config.ts";
import type { Git } from "../tools/git.ts";
import { compareLines, lineOfBranch, lineOfVersion } from "../versions/line-name.ts";
import { compareVersions, versionOfTag } from "../versions/release-tag.ts";
import { pickedFrom } from "../versions/commit-intent.ts";
import { classifyLineCommit } from "./classify-line-commit.ts";
import type { LineCommitKind } from "./classify-line-commit.ts";
import { foldSignOffs } from "./sign-offs.ts";
import type { SignOff } from "./sign-offs.ts";
import { readChangedManifests } from "./changed-manifests.ts";
import { readPatchIds } from "./patch-ids.ts";
import { readCommits } from "./read-commits.ts";
import type { RawCommit } from "./read-commits.ts";
import type { Refs } from "./refs.ts";
import { commitsNotOnTrunk } from "./trunk-membership.ts";

export type CutEntry = Extract<LedgerEntry, { kind: "cut" }>;
export type ReleaseEntry = Extract<LedgerEntry, { kind: "release" }>;

/** `qa` → `active` → `maintenance` (security only) → `ended`. */
export type LinePhase = "qa" | "active" | "maintenance" | "ended";

export interface LineCommit extends RawCommit {
  readonly is: LineCommitKind;
}

export interface LineRelease {
  readonly version: string;
  readonly tag: string;
  readonly commit: string;
  /** null: tagged, but the ledger does not say so (a run was killed in between). */
  readonly entry: ReleaseEntry | null;
  /** Its commit is on the line; false for a tag that somebody put elsewhere. */
  readonly onLine: boolean;
}

/** A version line, as the remote and the ledger have it. */
export interface Line {
  /** `1.0`. */
  readonly name: string;
  /** `lts/1.0`. */
  readonly branch: string;
  /** The commit the branch ends with. */
  readonly head: string;
  /** Where it leaves trunk; null when it shares no history with it. */
  readonly mergeBase: string | null;
  /** null: the branch exists, but the ledger has no cut for it. */
  readonly cut: CutEntry | null;
  /** The branch no longer holds the commit it was cut from: somebody rewrote it. */
  readonly rewritten: boolean;
  /** All commits after the cut, oldest first. */
  readonly commits: readonly LineCommit[];
  /** Tags of this line's versions, oldest first. */
  readonly releases: readonly LineRelease[];
  /** The latest sign-off of each role, void ones too. */
  readonly signOffs: readonly SignOff[];
  /** Roles that have not approved the head. */
  readonly missingRoles: readonly string[];
  readonly phase: LinePhase;
}

export interface ReadLinesOptions {
  readonly git: Git;
  readonly policy: Policy;
  readonly refs: Refs;
  readonly entries: readonly LedgerEntry[];
  readonly now: Date;
}

/** Every line there is, oldest version first. */
export async function readLines(options: ReadLinesOptions): Promise<readonly Line[]> {
  const found = [...options.refs.branches].flatMap(([branch, head]) => {
    const name = lineOfBranch(options.policy.lines.branch, branch);
    return name === null ? [] : [{ name, branch, head }];
  });
  const lines: Line[] = [];
  for (const branch of found.toSorted((left, right) => compareLines(left.name, right.name))) {
    lines.push(await readLine(branch, options));
  }
  return lines;
}

async function readLine(
  found: { readonly name: string; readonly branch: string; readonly head: string },
  options: ReadLinesOptions,
): Promise<Line> {
  const { git, policy, entries, refs } = options;
  const mergeBase = refs.trunk === null ? null : await mergeBaseOf(git, refs.trunk, found.head);
  const cut = entries.find((entry) => entry.kind === "cut" && entry.line === found.name) ?? null;
  const cutEntry = cut?.kind === "cut" ? cut : null;
  const holdsCut = cutEntry !== null && (await isAncestor(git, cutEntry.commit, found.head));
  const base = holdsCut ? cutEntry.commit : mergeBase;
  const signOffs = foldSignOffs(entries, { line: found.name, head: found.head });
  const approved = signOffs.filter((signOff) => !signOff.void && signOff.outcome === "approved");
  const missingRoles = policy.qa.roles.filter(
    (role) => !approved.some((signOff) => signOff.role === role),
  );
  const range = base === null ? found.head : `${base}..${found.head}`;
  const commits = await classify(await readCommits(git, range), { ...options, cutPoint: base });
  const releases = releasesOf(found.name, commits, options);
  return {
    ...found,
    mergeBase,
    cut: cutEntry,
    rewritten: cutEntry !== null && !holdsCut,
    commits,
    releases,
    signOffs,
    missingRoles,
    phase: phaseOf({
      cut: cutEntry,
      now: options.now,
      accepted: releases.length > 0 || missingRoles.length === 0,
    }),
  };
}

async function classify(
  commits: readonly RawCommit[],
  options: ReadLinesOptions & { readonly cutPoint: string | null },
): Promise<readonly LineCommit[]> {
  const origins = commits.flatMap((commit) => pickedFrom(commit.message));
  const notOnTrunk = await commitsNotOnTrunk(options.git, options.refs.trunk, origins);
  const onTrunk = origins.filter((origin) => !notOnTrunk.has(origin));
  const picks = commits.filter((commit) => pickedFrom(commit.message).length > 0);
  const patchIds = await readPatchIds(options.git, [
    ...onTrunk,
    ...picks.map(({ commit }) => commit),
  ]);
  const facts = {
    bookkeepingFiles: options.policy.bookkeeping,
    cutPoint: options.cutPoint,
    changedManifests: await readChangedManifests(options.git, commits, options.cutPoint),
    isOnTrunk: (commit: string) => !notOnTrunk.has(commit),
    patchIds,
  };
  return commits.map((commit) => ({ ...commit, is: classifyLineCommit(commit, facts) }));
}

function releasesOf(
  line: string,
  commits: readonly RawCommit[],
  options: ReadLinesOptions,
): readonly LineRelease[] {
  const held = new Set(commits.map(({ commit }) => commit));
  const found = [...options.refs.tags].flatMap(([tag, commit]): readonly LineRelease[] => {
    const version = versionOfTag(options.policy.lines.tag, tag);
    if (version === null || lineOfVersion(version) !== line) return [];
    const recorded = options.entries.find((entry) => entry.kind === "release" && entry.tag === tag);
    return [
      {
        version,
        tag,
        commit,
        entry: recorded?.kind === "release" ? recorded : null,
        onLine: held.has(commit),
      },
    ];
  });
  return found.toSorted((left, right) => compareVersions(left.version, right.version));
}

function phaseOf(facts: {
  readonly cut: CutEntry | null;
  readonly now: Date;
  readonly accepted: boolean;
}): LinePhase {
  const now = facts.now.getTime();
  if (facts.cut !== null && now >= Date.parse(facts.cut.maintainedUntil)) return "ended";
  if (!facts.accepted) return "qa";
  return facts.cut !== null && now >= Date.parse(facts.cut.supportedUntil)
    ? "maintenance"
    : "active";
}

async function mergeBaseOf(git: Git, trunk: string, head: string): Promise<string | null> {
  const [base] = await git.lines(["merge-base", trunk, head], { allowCodes: [1] });
  return base ?? null;
}

async function isAncestor(git: Git, ancestor: string, of: string): Promise<boolean> {
  return (await git.attempt(["merge-base", "--is-ancestor", ancestor, of])).code === 0;
}
