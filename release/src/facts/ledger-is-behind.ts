import { foldDeployments, isAnswering, servingDeployment } from "./deployments.ts";
import type { LocalEnvironment } from "./local-environment.ts";
import type { LedgerEntry } from "../ledger/ledger-entry.ts";

/** Does the ledger lack an entry for what serves, or hold deployments of the environment without an end? */
export function ledgerIsBehind(
  entries: readonly LedgerEntry[],
  environment: string,
  local: LocalEnvironment,
): boolean {
  const deployments = foldDeployments(entries, environment);
  const recorded = servingDeployment(deployments);
  const differs = local.serving !== null && local.serving.deployment !== recorded?.deployment;
  const runsUnrecorded = local.supervisor !== null && recorded !== null && !isAnswering(recorded);
  return differs || runsUnrecorded || deployments.some((one) => one.state === "started");
}
