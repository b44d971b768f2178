import { appendToLedger } from "../ledger/ledger.ts";
import type { NewLedgerEntry } from "../ledger/ledger-entry.ts";
import type { TestRepository } from "./test-repository.ts";

const hourMs = 3_600_000;

export interface ServiceStory {
  readonly commit: string;
  readonly deployment: string;
  readonly beganHoursAgo: number;
}

/** Writes to the ledger that a commit began to serve in production some hours ago. */
export async function recordService(
  repository: TestRepository,
  story: ServiceStory,
): Promise<void> {
  const { commit, deployment } = story;
  await appendAt(repository, story.beganHoursAgo, {
    kind: "deployment",
    outcome: "serving",
    environment: "production",
    digest: "0".repeat(64),
    commit,
    deployment,
  });
}

/** Writes to the ledger that a deployment was taken out for another, some hours ago. */
export async function recordRollback(
  repository: TestRepository,
  story: ServiceStory & { readonly from: string },
): Promise<void> {
  const { commit, deployment, from } = story;
  await appendAt(repository, story.beganHoursAgo, {
    kind: "rollback",
    outcome: "switched",
    environment: "production",
    digest: "0".repeat(64),
    durationMs: 5,
    reason: "it answered wrongly",
    commit,
    deployment,
    from,
  });
}

async function appendAt(
  repository: TestRepository,
  hoursAgo: number,
  entry: NewLedgerEntry,
): Promise<void> {
  const now = (): Date => new Date(Date.now() - hoursAgo * hourMs);
  await appendToLedger({ git: repository.git, remote: "origin", now, pid: process.pid }, [entry]);
}
