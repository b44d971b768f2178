import { setTimeout as delay } from "node:timers/promises";

/** How long one call inside SQLite may block the event loop while another process writes. */
export const sqliteBlockingWaitMs = 20;

/** How long to keep trying, without blocking, before the database counts as busy. */
const sqliteBusyDeadlineMs = 5_000;

const retryDelayMs = 15;

const sqliteBusyCode = 5;

/** Runs one SQLite operation, again and again while another process holds the write lock. */
export async function retryWhileBusy<Value>(
  operation: () => Value,
  deadlineMs: number = sqliteBusyDeadlineMs,
): Promise<Value> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    try {
      return operation();
    } catch (error) {
      if (!isSqliteBusy(error) || performance.now() >= deadline) throw error;
    }
    await delay(retryDelayMs);
  }
}

/** Whether SQLite refused because another connection is in the way. */
export function isSqliteBusy(error: unknown): boolean {
  // The low byte is the primary result code; the rest tells variants of it apart.
  return (sqliteCodeOf(error) & 0xff) === sqliteBusyCode;
}

function sqliteCodeOf(error: unknown): number {
  if (!(error instanceof Error) || !("errcode" in error)) return 0;
  return typeof error.errcode === "number" ? error.errcode : 0;
}
