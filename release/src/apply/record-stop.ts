import { foldDeployments, isAnswering, servingDeployment } from "../facts/deployments.ts";
import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import { appendToLedger } from "../ledger/ledger.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { reconcileEnvironment } from "./reconcile-environment.ts";

/** Ends in the ledger the time that what serves counts as served; nothing where nothing serves. */
export async function recordStop(target: DeployTarget): Promise<void> {
  const { name: environment, repository } = target;
  await reconcileEnvironment(target);
  const { serving } = await target.look();
  if (serving === null) return;
  const { deployment, commit, digest } = serving;
  const build = { environment, deployment, commit, digest };
  await appendToLedger(
    repository.ledger,
    [{ kind: "environment", outcome: "stopped", ...build }],
    (_entry, chain) => isStopped(chain, environment),
  );
}

function isStopped(chain: readonly LedgerEntry[], environment: string): boolean {
  const recorded = servingDeployment(foldDeployments(chain, environment));
  return recorded === null || !isAnswering(recorded);
}
