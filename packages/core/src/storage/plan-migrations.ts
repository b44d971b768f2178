import { fail, succeed, type Result } from "../links/result.ts";
import type { Migration } from "./read-migrations.ts";
import type { StorageFailure } from "./storage-failure.ts";

/** A row of `schema_migrations`. */
export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
}

/**
 * Says which migrations are still to be applied. Rows behind the last known number come from a newer
 * release and are fine: a release runs on the expanded schema of its successors.
 */
export function planMigrations(
  known: readonly Migration[],
  applied: readonly AppliedMigration[],
): Result<readonly Migration[], StorageFailure> {
  const appliedByNumber = new Map(applied.map((row) => [row.number, row]));
  const newestApplied = Math.max(0, ...appliedByNumber.keys());
  const pending: Migration[] = [];
  for (const migration of known) {
    const row = appliedByNumber.get(migration.number);
    if (row === undefined && migration.number < newestApplied)
      return fail(skipped(migration, newestApplied));
    if (row === undefined) pending.push(migration);
    else if (row.sha256 !== migration.sha256) return fail(changed(migration, row));
  }
  return succeed(pending);
}

function changed(migration: Migration, row: AppliedMigration): StorageFailure {
  return {
    code: "migration-changed",
    message: `The database was built with another ${row.name} (sha256 ${row.sha256}) than this release's ${migration.name} (sha256 ${migration.sha256}).`,
    next: "Nothing was changed. Run the release that this database belongs to, or reinstall this one; applied migrations are never edited.",
  };
}

function skipped(migration: Migration, newestApplied: number): StorageFailure {
  return {
    code: "migration-missing",
    message: `The database has migration ${newestApplied} but not ${migration.name}.`,
    next: "Nothing was changed. Restore the table schema_migrations from a backup: migrations are applied in order, without a hole.",
  };
}
