import type { Policy } from "../policy/config.ts";
import type { DriftFigures, HostedDrift, LineDrift } from "../plans/judge-drift.ts";
import type { Git } from "../tools/git.ts";
import { foldDeployments, servingDeployment } from "./deployments.ts";
import type { Deployment } from "./deployments.ts";
import type { LineFacts } from "./line-facts.ts";
import type { Line } from "./lines.ts";
import { readPendingChangesets } from "./pending-changesets.ts";
import type { PendingChangesets } from "./pending-changesets.ts";

export interface DriftOptions {
  readonly git: Git;
  readonly policy: Policy;
  readonly facts: LineFacts;
  readonly now: Date;
  readonly privateDirectory: string;
  readonly pid: number;
}

/** Measures hosted, every line, and what waits for the next line. */
export async function readDrift(options: DriftOptions): Promise<DriftFigures> {
  const hosted: HostedDrift[] = [];
  for (const environment of Object.keys(options.policy.environments))
    hosted.push(await measureHosted(environment, options));
  const lines: LineDrift[] = [];
  for (const line of options.facts.lines) lines.push(await measureLine(line, options));
  const pending = await pendingOnTrunk(options);
  return { hosted, lines, pendingChangesets: pending === null ? 0 : pending.changesets.length };
}

/** Changesets that trunk carries and no line has; null before trunk's first commit. */
async function pendingOnTrunk(options: DriftOptions): Promise<PendingChangesets | null> {
  const { trunk } = options.facts.refs;
  if (trunk === null) return null;
  const cutCommits = options.facts.lines.flatMap((line) =>
    line.cut === null ? [] : [line.cut.commit],
  );
  return readPendingChangesets({
    git: options.git,
    policy: options.policy,
    commit: trunk,
    cutCommits,
    privateDirectory: options.privateDirectory,
    pid: options.pid,
  });
}

async function measureLine(line: Line, options: DriftOptions): Promise<LineDrift> {
  const origins = new Set(
    line.commits.flatMap((commit) => (commit.is.kind === "backport" ? [commit.is.origin] : [])),
  );
  return {
    line: line.name,
    branch: line.branch,
    phase: line.phase,
    commitsBehindTrunk: (await trunkCommitsSince(line.mergeBase, options)).filter(
      (commit) => !origins.has(commit),
    ).length,
    sinceCutMs:
      line.cut === null ? null : Math.max(0, options.now.getTime() - Date.parse(line.cut.at)),
    backports: countKind(line, "backport"),
    adaptedBackports: line.commits.filter(
      (commit) => commit.is.kind === "backport" && commit.is.adapted,
    ).length,
    lineOnlyCommits: countKind(line, "line-only"),
    refusedCommits: countKind(line, "refused"),
  };
}

function countKind(line: Line, kind: Line["commits"][number]["is"]["kind"]): number {
  return line.commits.filter((commit) => commit.is.kind === kind).length;
}

/** Product commits of trunk after a commit; Trunkline's own bookkeeping is no distance. */
async function trunkCommitsSince(
  base: string | null,
  options: DriftOptions,
): Promise<readonly string[]> {
  const { trunk } = options.facts.refs;
  if (trunk === null) return [];
  const range = base === null ? trunk : `${base}..${trunk}`;
  const bookkeeping = "%(trailers:key=Trunkline-Bookkeeping,valueonly,separator=%x2c)";
  const lines = await options.git.lines(["log", `--format=%H %P|${bookkeeping}`, range, "--"]);
  return lines.flatMap((line) => {
    const [commits = "", verb = ""] = line.split("|");
    const [commit = "", ...parents] = commits.trim().split(" ");
    return verb.trim() !== "" || parents.length > 1 ? [] : [commit];
  });
}

async function measureHosted(environment: string, options: DriftOptions): Promise<HostedDrift> {
  const deployments = foldDeployments(options.facts.entries, environment);
  const serving = servingDeployment(deployments);
  const leadTimes = await readLeadTimes(deployments, options.git);
  return {
    environment,
    servingCommit: serving?.commit ?? null,
    commitsBehindTrunk:
      serving === null ? null : (await trunkCommitsSince(serving.commit, options)).length,
    deployments: deployments.filter((deployment) => deployment.spans.length > 0).length,
    rollbacks: options.facts.entries.filter(
      (entry) =>
        entry.kind === "rollback" && entry.environment === environment && entry.undo !== true,
    ).length,
    failedDeployments: deployments.filter((deployment) => deployment.state === "failed").length,
    leadTimeP50Ms: quantile(leadTimes, 0.5),
    leadTimeP90Ms: quantile(leadTimes, 0.9),
  };
}

/** Commit time to first serving, of each deployment whose commit is here. */
async function readLeadTimes(
  deployments: readonly Deployment[],
  git: Git,
): Promise<readonly number[]> {
  const served = deployments.flatMap((deployment) =>
    deployment.spans[0] === undefined
      ? []
      : [{ commit: deployment.commit, at: deployment.spans[0].from }],
  );
  if (served.length === 0) return [];
  const input = `${served.map(({ commit }) => commit).join("\n")}\n`;
  const lines = await git.lines(
    ["log", "--no-walk=unsorted", "--ignore-missing", "--format=%H %ct", "--stdin"],
    { input },
  );
  const committedMs = new Map(
    lines.map((line) => [
      line.slice(0, line.indexOf(" ")),
      Number(line.slice(line.indexOf(" ") + 1)) * 1000,
    ]),
  );
  return served.flatMap(({ commit, at }) => {
    const fromMs = committedMs.get(commit);
    return fromMs === undefined ? [] : [Math.max(0, Date.parse(at) - fromMs)];
  });
}

function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}
