import type { CommandDefinition } from "../cli/command.ts";
import { exitCodes } from "../failure.ts";
import { readLineFacts } from "../facts/line-facts.ts";
import { readDrift } from "../facts/read-drift.ts";
import { judgeDrift } from "../plans/judge-drift.ts";
import type { DriftFigures, DriftFinding, HostedDrift, LineDrift } from "../plans/judge-drift.ts";
import { describeDuration } from "../policy/duration.ts";
import { openRepository } from "../tools/repository.ts";

/** Measures; exits 4 when a figure is over its budget. */
export const driftCommand: CommandDefinition = {
  args: [],
  options: [],
  changes: false,
  details:
    "Measure the distance between trunk, the managed service and each line, against the policy's budgets. Exits 4 when one is over.",
  examples: ["trunkline drift --json"],
  json: [
    "hosted: [{environment, servingCommit, commitsBehindTrunk, deployments, rollbacks, failedDeployments, leadTimeP50Ms, leadTimeP90Ms}]",
    "lines: [{line, branch, phase, commitsBehindTrunk, sinceCutMs, backports, adaptedBackports, lineOnlyCommits, refusedCommits}]",
    "pendingChangesets: number",
    "findings: [{subject, message, next}]",
  ],
  run: async (input, context) => {
    const repository = await openRepository(input, context);
    const now = context.now();
    const facts = await readLineFacts(repository, now);
    const { git, policy, privateDirectory, ledger } = repository;
    const options = { git, policy, facts, now, privateDirectory, pid: ledger.pid };
    const figures = await readDrift(options);
    const findings = judgeDrift(figures, repository.policy);
    return {
      exitCode: findings.length > 0 ? exitCodes.found : exitCodes.done,
      data: { ...figures, findings },
      text: driftText(figures, findings),
    };
  },
};

function driftText(figures: DriftFigures, findings: readonly DriftFinding[]): string {
  const hosted = figures.hosted.map(hostedText);
  const lines = figures.lines.length === 0 ? ["no lines yet"] : figures.lines.map(lineText);
  const over =
    findings.length === 0
      ? ["Within every budget."]
      : findings.flatMap((finding) => [
          `over budget: ${finding.subject}: ${finding.message}`,
          `  next: ${finding.next}`,
        ]);
  return [
    "Drift",
    ...[...hosted, ...lines].map((line) => `  ${line}`),
    `  trunk: ${String(figures.pendingChangesets)} changesets wait for a line`,
    ...over,
  ].join("\n");
}

function hostedText(hosted: HostedDrift): string {
  if (hosted.servingCommit === null) return `${hosted.environment}: nothing serves`;
  const leadTime =
    hosted.leadTimeP50Ms === null
      ? ""
      : `; commit to serving p50 ${describeDuration(hosted.leadTimeP50Ms)}, p90 ${describeDuration(hosted.leadTimeP90Ms ?? 0)}`;
  return `${hosted.environment}: ${String(hosted.commitsBehindTrunk)} commits behind trunk; ${String(hosted.deployments)} deployments, ${String(hosted.failedDeployments)} failed, ${String(hosted.rollbacks)} rolled back${leadTime}`;
}

function lineText(line: LineDrift): string {
  const age =
    line.sinceCutMs === null
      ? "cut unknown to the ledger"
      : `cut ${describeDuration(line.sinceCutMs)} ago`;
  return `${line.branch} (${line.phase}): ${String(line.commitsBehindTrunk)} commits behind trunk, ${age}; ${String(line.backports)} backports (${String(line.adaptedBackports)} adapted), ${String(line.lineOnlyCommits)} line-only, ${String(line.refusedCommits)} refused`;
}
