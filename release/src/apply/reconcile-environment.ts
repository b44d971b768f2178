import { readLedger, appendToLedger } from "../ledger/ledger.ts";
import type { LedgerEntry, NewLedgerEntry } from "../ledger/ledger-entry.ts";
import { readRollbackIntent } from "../tools/rollback-intent.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { missingServingEntry } from "./reconcile-ledger.ts";

/**
 * Appends the entry that a killed run owes for what serves now.
 * @returns the ledger's entries with it, and what to report
 */
export async function reconcileEnvironment(
  target: DeployTarget,
): Promise<{ readonly entries: readonly LedgerEntry[]; readonly appended: NewLedgerEntry | null }> {
  const { ledger } = target.repository;
  const [{ entries }, { serving, supervisor }, intent] = await Promise.all([
    readLedger(ledger),
    target.look(),
    readRollbackIntent(target.directory.rollbackIntent),
  ]);
  const missingIn = (chain: readonly LedgerEntry[]): NewLedgerEntry | null =>
    missingServingEntry({
      environment: target.name,
      entries: chain,
      serving,
      runs: supervisor !== null,
      intent,
    });
  const missing = missingIn(entries);
  if (missing === null) return { entries, appended: null };
  // Another run may owe the same entry and write it first.
  const appended = await appendToLedger(
    ledger,
    [missing],
    (_entry, chain) => missingIn(chain) === null,
  );
  if (appended.length > 0) return { entries: [...entries, ...appended], appended: missing };
  return { entries: (await readLedger(ledger)).entries, appended: null };
}
