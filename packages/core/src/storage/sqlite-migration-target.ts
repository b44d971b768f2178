import type { DatabaseSync } from "node:sqlite";
import { fail, succeed, type Result } from "../links/result.ts";
import type { MigrationPlan, MigrationTarget } from "./migrate.ts";
import type { AppliedMigration } from "./plan-migrations.ts";
import type { Migration } from "./read-migrations.ts";
import { isSqliteBusy, retryWhileBusy } from "./sqlite-busy.ts";
import type { StorageFailure } from "./storage-failure.ts";

/** Another process may be migrating a large database; waiting beats failing. */
const lockDeadlineMs = 60_000;

/** Migrates a SQLite file. The lock is the database's own write lock. */
export function sqliteMigrationTarget(database: DatabaseSync): MigrationTarget {
  return {
    applied: () => retryWhileBusy(() => readApplied(database)),
    applyLocked: (plan) => applyLocked(database, plan),
  };
}

async function applyLocked(
  database: DatabaseSync,
  plan: MigrationPlan,
): Promise<Result<readonly Migration[], StorageFailure>> {
  try {
    await retryWhileBusy(() => database.exec("BEGIN IMMEDIATE"), lockDeadlineMs);
  } catch (error) {
    if (isSqliteBusy(error)) return fail(locked);
    throw error;
  }
  const result = applyInTransaction(database, plan);
  if (!result.ok && database.isTransaction) database.exec("ROLLBACK");
  return result;
}

function applyInTransaction(
  database: DatabaseSync,
  plan: MigrationPlan,
): Result<readonly Migration[], StorageFailure> {
  const pending = plan(readApplied(database));
  if (!pending.ok) return pending;
  let current = "schema_migrations";
  try {
    database.exec(createTable);
    const record = database.prepare(
      "INSERT INTO schema_migrations (number, name, sha256, applied_at_ms) VALUES (?, ?, ?, unixepoch() * 1000)",
    );
    for (const migration of pending.value) {
      current = migration.name;
      database.exec(migration.sql);
      record.run(migration.number, migration.name, migration.sha256);
    }
    database.exec("COMMIT");
    return succeed(pending.value);
  } catch (error) {
    return fail(failed(current, error));
  }
}

const createTable = `CREATE TABLE IF NOT EXISTS schema_migrations (
  number INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  applied_at_ms INTEGER NOT NULL
) STRICT`;

function readApplied(database: DatabaseSync): readonly AppliedMigration[] {
  const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
  if (table.get("schema_migrations") === undefined) return [];
  const rows = database
    .prepare("SELECT number, name, sha256 FROM schema_migrations ORDER BY number")
    .all();
  return rows.map((row) => ({
    number: Number(row["number"]),
    name: String(row["name"]),
    sha256: String(row["sha256"]),
  }));
}

const locked: StorageFailure = {
  code: "database-busy",
  message: `Another process has held the database's write lock for ${lockDeadlineMs / 1000} s.`,
  next: "Nothing was changed. Wait until the other migration or backup has ended, or stop it, and start again.",
};

function failed(name: string, error: unknown): StorageFailure {
  return {
    code: "migration-failed",
    message: `The migration ${name} failed: ${error instanceof Error ? error.message : String(error)}.`,
    next: "Nothing was changed. Make sure that the disk has room and that the file can be written, and start again.",
  };
}
