import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import { foldDeployments, isAnswering } from "./deployments.ts";
import type { Deployment } from "./deployments.ts";

/** How one commit fared in the proving environment, over all of its deployments. */
export interface ServiceRecord {
  readonly commit: string;
  /** The deployment that served longest. */
  readonly deployment: string;
  readonly servedMs: number;
  /** It serves now: the time still grows. */
  readonly serving: boolean;
  /** It was taken out by a rollback, once at least. */
  readonly rolledBack: { readonly at: string; readonly reason: string | null } | null;
}

/** The service record of every commit that began to serve in an environment. */
export function readServiceRecords(
  entries: readonly LedgerEntry[],
  options: { readonly environment: string; readonly now: Date },
): ReadonlyMap<string, ServiceRecord> {
  const deployments = foldDeployments(entries, options.environment);
  const rollbacks = rollbacksByDeployment(entries, options.environment);
  const records = new Map<string, ServiceRecord>();
  for (const [commit, all] of Map.groupBy(deployments, (deployment) => deployment.commit)) {
    const served = all.filter((deployment) => deployment.spans.length > 0);
    const longest = served.toSorted(
      (left, right) => servedMs(right, options.now) - servedMs(left, options.now),
    )[0];
    if (longest === undefined) continue;
    const taken = served.flatMap((deployment) => rollbacks.get(deployment.deployment) ?? []);
    records.set(commit, {
      commit,
      deployment: longest.deployment,
      servedMs: served.reduce((sum, deployment) => sum + servedMs(deployment, options.now), 0),
      serving: served.some(isAnswering),
      rolledBack: taken[0] ?? null,
    });
  }
  return records;
}

function rollbacksByDeployment(
  entries: readonly LedgerEntry[],
  environment: string,
): ReadonlyMap<string, { readonly at: string; readonly reason: string | null }> {
  const rollbacks = new Map<string, { at: string; reason: string | null }>();
  for (const entry of entries) {
    if (entry.kind !== "rollback" || entry.environment !== environment) continue;
    // What an undo takes out is what the rollback had put back: nobody found fault with it.
    if (entry.undo === true) continue;
    rollbacks.set(entry.from, { at: entry.at, reason: entry.reason ?? null });
  }
  return rollbacks;
}

/** Clocks of several writers may disagree: a span is never negative. */
function servedMs(deployment: Deployment, now: Date): number {
  return deployment.spans.reduce((sum, span) => {
    const until = span.to === null ? now.getTime() : Date.parse(span.to);
    return sum + Math.max(0, until - Date.parse(span.from));
  }, 0);
}
