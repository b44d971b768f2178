import type { Policy } from "../policy/config.ts";
import { describeDuration } from "../policy/duration.ts";

/** One line's distance from trunk. Times are milliseconds. */
export interface LineDrift {
  readonly line: string;
  readonly branch: string;
  readonly phase: string;
  /** Trunk commits since the line left trunk, without those that were backported to it. */
  readonly commitsBehindTrunk: number;
  /** null: the ledger has no cut for it. */
  readonly sinceCutMs: number | null;
  readonly backports: number;
  readonly adaptedBackports: number;
  readonly lineOnlyCommits: number;
  /** Commits that break trunk-first. */
  readonly refusedCommits: number;
}

/** How far the managed service is from trunk. */
export interface HostedDrift {
  readonly environment: string;
  /** null: nothing serves. */
  readonly servingCommit: string | null;
  /** Trunk commits that do not serve yet; null when nothing serves. */
  readonly commitsBehindTrunk: number | null;
  readonly deployments: number;
  readonly rollbacks: number;
  readonly failedDeployments: number;
  /** Commit to first serving, over all deployments; null without any. */
  readonly leadTimeP50Ms: number | null;
  readonly leadTimeP90Ms: number | null;
}

export interface DriftFigures {
  readonly hosted: readonly HostedDrift[];
  readonly lines: readonly LineDrift[];
  /** Changesets on trunk that no line has yet. */
  readonly pendingChangesets: number;
}

/** A figure over its budget. */
export interface DriftFinding {
  readonly subject: string;
  readonly message: string;
  readonly next: string;
}

/** Holds the figures against the policy's budgets. */
export function judgeDrift(
  figures: DriftFigures,
  policy: Pick<Policy, "drift">,
): readonly DriftFinding[] {
  const newest = figures.lines.findLast((line) => line.phase !== "ended");
  return [
    ...(newest === undefined ? [] : judgeNewestLine(newest, policy.drift)),
    ...figures.lines.flatMap((line) => judgeDivergence(line, policy.drift)),
    ...judgePending(figures.pendingChangesets, policy.drift),
  ];
}

/** Only the newest line tells whether releases become rarer: older ones fall behind by design. */
function judgeNewestLine(line: LineDrift, budget: Policy["drift"]): readonly DriftFinding[] {
  const findings: DriftFinding[] = [];
  if (line.commitsBehindTrunk > budget.maxCommitsBehind) {
    findings.push({
      subject: line.branch,
      message: `the newest line lacks ${String(line.commitsBehindTrunk)} trunk commits; the budget is ${String(budget.maxCommitsBehind)}`,
      next: "Cut a new line: `trunkline cut`.",
    });
  }
  if (line.sinceCutMs !== null && line.sinceCutMs > budget.maxCutAge) {
    findings.push({
      subject: line.branch,
      message: `the newest line was cut ${describeDuration(line.sinceCutMs)} ago; the budget is ${describeDuration(budget.maxCutAge)}`,
      next: "Cut a new line: `trunkline cut`.",
    });
  }
  return findings;
}

function judgeDivergence(line: LineDrift, budget: Policy["drift"]): readonly DriftFinding[] {
  const findings: DriftFinding[] = [];
  if (line.refusedCommits > 0) {
    findings.push({
      subject: line.branch,
      message: `${String(line.refusedCommits)} commits break trunk-first`,
      next: "`trunkline check` names them and says what to do.",
    });
  }
  if (line.lineOnlyCommits > budget.maxLineOnlyCommits) {
    findings.push({
      subject: line.branch,
      message: `${String(line.lineOnlyCommits)} line-only commits; the budget is ${String(budget.maxLineOnlyCommits)}`,
      next: "Bring them to trunk, then cut a new line.",
    });
  }
  return findings;
}

function judgePending(pending: number, budget: Policy["drift"]): readonly DriftFinding[] {
  if (pending <= budget.maxPendingChangesets) return [];
  return [
    {
      subject: "trunk",
      message: `${String(pending)} changesets wait for a line; the budget is ${String(budget.maxPendingChangesets)}`,
      next: "Cut a new line: `trunkline cut`.",
    },
  ];
}
