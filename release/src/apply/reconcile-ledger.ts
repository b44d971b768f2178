import { foldDeployments, isAnswering, servingDeployment } from "../facts/deployments.ts";
import type { Deployment } from "../facts/deployments.ts";
import type { LocalBuild } from "../facts/local-environment.ts";
import type { LedgerEntry, NewLedgerEntry } from "../ledger/ledger-entry.ts";
import type { RollbackIntent } from "../tools/rollback-intent.ts";

export interface ReconcileFacts {
  readonly environment: string;
  readonly entries: readonly LedgerEntry[];
  /** What really serves, by the supervisor. */
  readonly serving: LocalBuild | null;
  /** Its supervisor runs: when the ledger says it was stopped, it was started since. */
  readonly runs: boolean;
  readonly intent: RollbackIntent | null;
}

/**
 * The entry the ledger lacks when a run was killed between its switch and its entry; null when the
 * ledger and the supervisor agree. What serves is a fact: it is recorded, never undone.
 */
export function missingServingEntry(facts: ReconcileFacts): NewLedgerEntry | null {
  const { serving } = facts;
  const deployments = foldDeployments(facts.entries, facts.environment);
  const recorded = servingDeployment(deployments);
  if (serving === null) return null;
  const known = deployments.find((one) => one.deployment === serving.deployment);
  const { environment } = facts;
  const { deployment, commit, digest } = serving;
  const build = { environment, deployment, commit, digest };
  if (recorded?.deployment === serving.deployment) {
    if (!facts.runs || isAnswering(recorded)) return null;
    return { kind: "environment", outcome: "started", ...build };
  }
  if (known === undefined || known.spans.length === 0 || recorded === null) {
    const reason = "recorded afterwards: it served without an entry";
    return { kind: "deployment", outcome: "serving", ...build, reason };
  }
  const { intent } = facts;
  const ours = intent?.to === deployment && intent.from === recorded.deployment ? intent : null;
  return {
    kind: "rollback",
    outcome: "switched",
    ...build,
    from: recorded.deployment,
    durationMs: 0,
    reason: ours?.reason ?? "recorded afterwards: it served again without an entry",
    ...(ours?.undo === true ? { undo: true } : {}),
    ...(ours === null ? {} : { switchedAt: ours.at }),
  };
}

/** Deployments that were begun and never ended, oldest first. */
export function openDeployments(
  entries: readonly LedgerEntry[],
  environment: string,
): readonly Deployment[] {
  return foldDeployments(entries, environment).filter((one) => one.state === "started");
}

/** The end of a deployment that nobody works on any more. */
export function abandonedEntry(open: Deployment, reason: string): NewLedgerEntry {
  const { environment, deployment, commit, digest } = open;
  return {
    kind: "deployment",
    outcome: "abandoned",
    environment,
    deployment,
    commit,
    digest,
    reason,
  };
}
