import { exitCodes, Failure } from "../failure.ts";
import type { CutFacts, CutLineFacts } from "../plans/plan-cut.ts";
import type { Repository } from "../tools/repository.ts";
import { readLineFacts } from "./line-facts.ts";
import type { LineFacts } from "./line-facts.ts";
import type { Line } from "./lines.ts";
import { readPendingChangesets } from "./pending-changesets.ts";
import type { PendingChangesets } from "./pending-changesets.ts";
import { readServiceRecords } from "./proven-commits.ts";
import type { ServiceRecord } from "./proven-commits.ts";

export interface CutRequest {
  /** What a person named; undefined asks for the newest commit that qualifies. */
  readonly named: string | undefined;
  readonly allowEmpty: boolean;
  readonly now: Date;
}

export interface CutReading {
  readonly facts: CutFacts;
  readonly pending: PendingChangesets;
  readonly lines: readonly Line[];
}

const nothingPending: PendingChangesets = { changesets: [], bump: "none", versionFiles: [] };

/**
 * Everything a cut depends on.
 * @throws Failure `not-found` for an unknown commit; `config-invalid` for unreadable changesets
 */
export async function readCutFacts(
  repository: Repository,
  request: CutRequest,
): Promise<CutReading> {
  const { git, policy } = repository;
  const lineFacts = await readLineFacts(repository, request.now);
  const { refs, entries, lines } = lineFacts;
  const { environment, bakeTime: bakeTimeMs } = policy.proven;
  const records = readServiceRecords(entries, { environment, now: request.now });
  const trunk =
    refs.trunk === null ? [] : await git.lines(["rev-list", "--topo-order", refs.trunk]);
  const qualifies = (commit: string): boolean => isProven(records.get(commit), bakeTimeMs);
  const newestQualifying = trunk.find(qualifies) ?? null;
  const commit =
    request.named === undefined ? newestQualifying : await resolve(repository, request.named);
  const pending = await pendingAt(repository, commit, lineFacts);
  return {
    pending,
    lines,
    facts: {
      now: request.now,
      environment,
      bakeTimeMs,
      commit,
      named: request.named !== undefined,
      onTrunk: commit !== null && trunk.includes(commit),
      proof: commit === null ? null : (records.get(commit) ?? null),
      newestQualifying,
      baking: bakingOf(records, trunk, bakeTimeMs),
      lines: lines.map(cutLine),
      recordedLines: entries.flatMap((entry) => (entry.kind === "cut" ? [entry.line] : [])),
      olderThanNewestLine: isOlder(commit, lines.at(-1), trunk),
      pending,
      allowEmpty: request.allowEmpty,
      firstLine: policy.lines.first,
      branchPattern: policy.lines.branch,
    },
  };
}

function isProven(record: ServiceRecord | undefined, bakeTimeMs: number): boolean {
  return record !== undefined && record.rolledBack === null && record.servedMs >= bakeTimeMs;
}

async function resolve(repository: Repository, named: string): Promise<string> {
  const commit = await repository.git.resolve(named);
  if (commit !== null) return commit;
  throw new Failure({
    code: "not-found",
    message: `There is no commit "${named}" in this repository or on ${repository.policy.remote}.`,
    next: `Name a commit of ${repository.policy.trunk}: \`git log ${repository.policy.remote}/${repository.policy.trunk}\`.`,
    exitCode: exitCodes.usage,
  });
}

async function pendingAt(
  repository: Repository,
  commit: string | null,
  { entries, lines }: LineFacts,
): Promise<PendingChangesets> {
  if (commit === null) return nothingPending;
  const recorded = entries.flatMap((entry) => (entry.kind === "cut" ? [entry.commit] : []));
  const cutCommits = [...recorded, ...lines.flatMap((line) => baseOf(line) ?? [])];
  const { git, policy, privateDirectory, ledger } = repository;
  const owned = { privateDirectory, pid: ledger.pid };
  return readPendingChangesets({ git, policy, commit, cutCommits, ...owned });
}

/** The newest commit that serves now, has not been rolled back and is not proven yet. */
function bakingOf(
  records: ReadonlyMap<string, ServiceRecord>,
  trunk: readonly string[],
  bakeTimeMs: number,
): ServiceRecord | null {
  const candidates = [...records.values()].filter(
    (record) => record.serving && record.rolledBack === null && record.servedMs < bakeTimeMs,
  );
  return candidates.find((record) => trunk.includes(record.commit)) ?? null;
}

function cutLine(line: Line): CutLineFacts {
  const first = line.commits[0];
  const made = first?.is.kind === "bookkeeping" && first.is.verb === "cut";
  const provenBy = /^Trunkline-Proven-By: (.+)$/m.exec(first?.message ?? "")?.[1] ?? "unknown";
  const { name, branch, head } = line;
  const madeByCut = made ? { at: first.at, provenBy } : null;
  return { name, branch, head, base: baseOf(line), recorded: line.cut !== null, madeByCut };
}

function baseOf(line: Line): string | null {
  return line.cut?.commit ?? line.mergeBase;
}

/** Trunk is listed newest first. */
function isOlder(
  commit: string | null,
  newest: Line | undefined,
  trunk: readonly string[],
): boolean {
  const base = newest === undefined ? null : baseOf(newest);
  if (commit === null || base === null) return false;
  return (
    trunk.includes(commit) && trunk.includes(base) && trunk.indexOf(commit) > trunk.indexOf(base)
  );
}
