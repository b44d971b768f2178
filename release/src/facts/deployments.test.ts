import { describe, expect, test } from "vitest";
import { ledgerEntrySchema } from "../ledger/ledger-entry.ts";
import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import { foldDeployments, servingDeployment } from "./deployments.ts";
import { readServiceRecords } from "./proven-commits.ts";

function entry(fields: Readonly<Record<string, unknown>>, second: number): LedgerEntry {
  const at = new Date(Date.UTC(2030, 0, 1, 0, 0, second)).toISOString();
  return ledgerEntrySchema.parse({
    schemaVersion: 1,
    id: String(second),
    at,
    by: "Test <test@example.com>",
    commit: "c".repeat(40),
    digest: "d",
    environment: "production",
    ...fields,
  });
}

const deployed = (deployment: string, outcome: string, second: number): LedgerEntry =>
  entry({ kind: "deployment", deployment, outcome }, second);

describe("foldDeployments", () => {
  test("a new one supersedes the one before", () => {
    const folded = foldDeployments(
      [
        deployed("1", "started", 1),
        deployed("1", "serving", 2),
        deployed("2", "started", 3),
        deployed("2", "serving", 4),
      ],
      "production",
    );
    expect(folded.map(({ state }) => state)).toEqual(["superseded", "serving"]);
    expect(folded[0]?.spans).toEqual([
      { from: "2030-01-01T00:00:02.000Z", to: "2030-01-01T00:00:04.000Z" },
    ]);
    expect(servingDeployment(folded)?.deployment).toBe("2");
  });

  test("a rollback ends one and opens a second span of the other", () => {
    const rollback = entry(
      {
        kind: "rollback",
        deployment: "1",
        from: "2",
        outcome: "switched",
        durationMs: 3,
        reason: "wrong",
      },
      5,
    );
    const folded = foldDeployments(
      [deployed("1", "serving", 1), deployed("2", "serving", 2), rollback],
      "production",
    );
    expect(folded.map(({ state }) => state)).toEqual(["serving", "rolled-back"]);
    expect(folded[0]?.spans).toHaveLength(2);
    expect(folded[1]?.reason).toBe("wrong");
  });

  test("undoing a rollback takes nothing out for a fault", () => {
    const switched = {
      kind: "rollback",
      outcome: "switched",
      durationMs: 3,
      reason: "it was fine",
    };
    const entries = [
      deployed("1", "serving", 1),
      deployed("2", "serving", 2),
      entry({ ...switched, deployment: "1", from: "2" }, 3),
      entry({ ...switched, deployment: "2", from: "1", undo: true }, 4),
    ];
    const folded = foldDeployments(entries, "production");
    expect(folded.map(({ state }) => state)).toEqual(["superseded", "serving"]);
    expect(folded[0]?.reason).toBeNull();
  });

  test("the time between a stop and a start is not served", () => {
    const environment = (outcome: string, second: number): LedgerEntry =>
      entry({ kind: "environment", deployment: "1", outcome }, second);
    const entries = [
      deployed("1", "serving", 1),
      environment("stopped", 3),
      environment("stopped", 4),
    ];
    const now = new Date(Date.UTC(2030, 0, 1, 0, 1, 0));
    const recordOf = (all: readonly LedgerEntry[]): unknown =>
      readServiceRecords(all, { environment: "production", now }).get("c".repeat(40));
    expect(servingDeployment(foldDeployments(entries, "production"))?.deployment).toBe("1");
    expect(recordOf(entries)).toMatchObject({ servedMs: 2000, serving: false });
    const again = [...entries, environment("started", 50), environment("started", 51)];
    expect(recordOf(again)).toMatchObject({ servedMs: 12_000, serving: true });
  });

  test("a failed one never served, and the one before goes on", () => {
    const folded = foldDeployments(
      [deployed("1", "serving", 1), deployed("2", "started", 2), deployed("2", "failed", 3)],
      "production",
    );
    expect(folded.map(({ state }) => state)).toEqual(["serving", "failed"]);
    expect(folded[1]?.spans).toEqual([]);
  });

  test("a repeated entry changes nothing, and other environments do not count", () => {
    const twice = [
      deployed("1", "serving", 1),
      deployed("1", "serving", 2),
      entry({ kind: "deployment", deployment: "9", outcome: "serving", environment: "staging" }, 3),
    ];
    const folded = foldDeployments(twice, "production");
    expect(folded).toHaveLength(1);
    expect(folded[0]?.spans).toHaveLength(1);
  });
});
