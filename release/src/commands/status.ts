import type { CommandDefinition } from "../cli/command.ts";
import { exitCodes } from "../failure.ts";
import { foldDeployments, servingDeployment } from "../facts/deployments.ts";
import { readLineFacts } from "../facts/line-facts.ts";
import type { Line } from "../facts/lines.ts";
import { readDrift } from "../facts/read-drift.ts";
import type { DriftOptions } from "../facts/read-drift.ts";
import { judgeDrift } from "../plans/judge-drift.ts";
import type { DriftFinding, HostedDrift } from "../plans/judge-drift.ts";
import { nextSteps } from "../plans/next-steps.ts";
import { describeDuration } from "../policy/duration.ts";
import { openRepository } from "../tools/repository.ts";

/** The screen that a release manager opens in the morning. */
export const statusCommand: CommandDefinition = {
  args: [],
  options: [],
  changes: false,
  details:
    "Show trunk, each environment, each line, and what to do next. Exits 4 when a drift budget is broken or a line holds what check refuses.",
  examples: ["trunkline status"],
  json: [
    "trunk: {branch, commit}",
    "environments: [{environment, servingCommit, servingSince, previousEndings, commitsBehindTrunk, openDeployment}]",
    "lines: [{name, branch, head, phase, supportedUntil, maintainedUntil, latestRelease, unreleasedCommits, missingRoles, refusedCommits, hasCutEntry}]",
    "pendingChangesets: number",
    "findings: [{subject, message, next}]",
    "next: [string]",
  ],
  run: async (input, context) => {
    const repository = await openRepository(input, context);
    const now = context.now();
    const facts = await readLineFacts(repository, now);
    const { git, policy, privateDirectory } = repository;
    const options = { git, policy, facts, now, privateDirectory, pid: context.pid };
    const drift = await readDrift(options);
    const state = {
      trunk: { branch: repository.policy.trunk, commit: facts.refs.trunk },
      environments: drift.hosted.map((hosted) => environmentStatus(hosted, options)),
      lines: facts.lines.map(lineStatus),
      pendingChangesets: drift.pendingChangesets,
    };
    const findings = judgeDrift(drift, repository.policy);
    const next = nextSteps(state);
    return {
      exitCode: findings.length > 0 ? exitCodes.found : exitCodes.done,
      data: { ...state, findings, next },
      text: statusText({ ...state, findings, next }, now),
    };
  },
};

type EnvironmentStatus = ReturnType<typeof environmentStatus>;
type LineStatus = ReturnType<typeof lineStatus>;

function environmentStatus(hosted: HostedDrift, options: DriftOptions) {
  const deployments = foldDeployments(options.facts.entries, hosted.environment);
  const serving = servingDeployment(deployments);
  const open = deployments.findLast((deployment) => deployment.state === "started");
  return {
    environment: hosted.environment,
    servingCommit: hosted.servingCommit,
    servingSince: serving?.spans.at(-1)?.from ?? null,
    /** How the newest other deployments ended. */
    previousEndings: deployments
      .filter((deployment) => deployment !== serving && deployment !== open)
      .slice(-3)
      .map(({ commit, state, reason }) => ({ commit, state, reason })),
    commitsBehindTrunk: hosted.commitsBehindTrunk,
    openDeployment: open?.commit ?? null,
  };
}

function lineStatus(line: Line) {
  const latest = line.releases.at(-1);
  const newer =
    latest === undefined
      ? line.commits
      : line.commits.slice(line.commits.findIndex((commit) => commit.commit === latest.commit) + 1);
  return {
    name: line.name,
    branch: line.branch,
    head: line.head,
    phase: line.phase,
    supportedUntil: line.cut?.supportedUntil ?? null,
    maintainedUntil: line.cut?.maintainedUntil ?? null,
    latestRelease: latest?.tag ?? null,
    unreleasedCommits: newer.filter(
      (commit) => commit.is.kind === "backport" || commit.is.kind === "line-only",
    ).length,
    missingRoles: line.missingRoles,
    refusedCommits: line.commits.filter((commit) => commit.is.kind === "refused").length,
    hasCutEntry: line.cut !== null,
  };
}

function statusText(
  status: {
    readonly trunk: { readonly branch: string; readonly commit: string | null };
    readonly environments: readonly EnvironmentStatus[];
    readonly lines: readonly LineStatus[];
    readonly pendingChangesets: number;
    readonly findings: readonly DriftFinding[];
    readonly next: readonly string[];
  },
  now: Date,
): string {
  const trunk = `trunk  ${status.trunk.branch} at ${status.trunk.commit?.slice(0, 10) ?? "(no commit yet)"}, ${String(status.pendingChangesets)} changesets pending`;
  const findings = status.findings.map(
    (finding) => `over budget  ${finding.subject}: ${finding.message}`,
  );
  const next =
    status.next.length === 0
      ? ["Nothing waits."]
      : ["Next:", ...status.next.map((step, index) => `  ${String(index + 1)}. ${step}`)];
  return [
    trunk,
    ...status.environments.flatMap((environment) => environmentText(environment, now)),
    ...status.lines.map((line) => lineText(line, now)),
    ...findings,
    ...next,
  ].join("\n");
}

function environmentText(environment: EnvironmentStatus, now: Date): readonly string[] {
  const since =
    environment.servingSince === null
      ? ""
      : ` for ${describeDuration(Math.max(0, now.getTime() - Date.parse(environment.servingSince)))}`;
  const serving =
    environment.servingCommit === null
      ? "nothing serves"
      : `${environment.servingCommit.slice(0, 10)} serves${since}, ${String(environment.commitsBehindTrunk)} commits behind trunk`;
  const endings = environment.previousEndings.map(
    (ending) =>
      `         ${ending.commit.slice(0, 10)} ${ending.state}${ending.reason === null ? "" : `: ${ending.reason.split("\n")[0]?.slice(0, 120) ?? ""}`}`,
  );
  return [`${environment.environment}  ${serving}`, ...endings];
}

function lineText(line: LineStatus, now: Date): string {
  const left =
    line.supportedUntil === null
      ? ""
      : `, supported for ${describeDuration(Math.max(0, Date.parse(line.supportedUntil) - now.getTime()))} more`;
  const qa =
    line.missingRoles.length > 0 && line.latestRelease === null
      ? `, QA open: ${line.missingRoles.join(", ")}`
      : "";
  return `${line.branch}  ${line.phase}, ${line.latestRelease ?? "no release yet"}, ${String(line.unreleasedCommits)} unreleased${left}${qa}`;
}
