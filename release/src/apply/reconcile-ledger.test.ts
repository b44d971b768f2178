import { expect, test } from "vitest";
import { ledgerEntrySchema } from "../ledger/ledger-entry.ts";
import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import type { LocalBuild } from "../facts/local-environment.ts";
import { missingServingEntry } from "./reconcile-ledger.ts";

const at = "2030-01-01T00:00:00.000Z";

function entry(fields: Readonly<Record<string, unknown>>): LedgerEntry {
  return ledgerEntrySchema.parse({
    schemaVersion: 1,
    id: JSON.stringify(fields),
    at,
    by: "Test <test@example.com>",
    commit: "c".repeat(40),
    digest: "d",
    environment: "production",
    ...fields,
  });
}

const serving = (deployment: string): LedgerEntry =>
  entry({ kind: "deployment", outcome: "serving", deployment });

const build = (deployment: string): LocalBuild => ({
  deployment,
  commit: "c".repeat(40),
  digest: "d",
  live: true,
  port: 1,
});

test.each([true, false])("a switch found afterwards is written as what it was: undo %s", (undo) => {
  const missing = missingServingEntry({
    environment: "production",
    entries: [serving("1"), serving("2")],
    serving: build("1"),
    runs: true,
    intent: { schemaVersion: 1, from: "2", to: "1", undo, reason: "why", at },
  });
  expect(missing).toMatchObject({ kind: "rollback", from: "2", reason: "why", switchedAt: at });
  expect(missing?.["undo"] === true).toBe(undo);
});
