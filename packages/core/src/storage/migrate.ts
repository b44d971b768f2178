import { succeed, type Result } from "../links/result.ts";
import { planMigrations, type AppliedMigration } from "./plan-migrations.ts";
import { readMigrations, type Migration } from "./read-migrations.ts";
import type { StorageFailure } from "./storage-failure.ts";

/** What the runner needs of a database; one implementation per kind. */
export interface MigrationTarget {
  /** The rows of `schema_migrations`, by number; none if the table does not exist yet. */
  applied(): Promise<readonly AppliedMigration[]>;
  /**
   * Takes the migration lock, asks `plan` what is pending behind it, and applies and records that,
   * all in one transaction: killed or failed anywhere, nothing is applied.
   */
  applyLocked(plan: MigrationPlan): Promise<Result<readonly Migration[], StorageFailure>>;
}

/** From the recorded rows to what is pending. */
export type MigrationPlan = (
  applied: readonly AppliedMigration[],
) => Result<readonly Migration[], StorageFailure>;

/** Applies what is pending, in order. Any number of processes may do so at once. */
export async function migrate(
  target: MigrationTarget,
  migrationsDirectory: string,
): Promise<Result<readonly Migration[], StorageFailure>> {
  const known = await readMigrations(migrationsDirectory);
  if (!known.ok) return known;
  const plan: MigrationPlan = (applied) => planMigrations(known.value, applied);
  // The common start has nothing to do, and then takes no lock that a serving process could feel.
  const pending = plan(await target.applied());
  if (!pending.ok) return pending;
  return pending.value.length === 0 ? succeed([]) : target.applyLocked(plan);
}

/** Which migrations a database has, and which it still needs, by name and in order. */
export interface MigrationStatus {
  readonly applied: readonly string[];
  readonly pending: readonly Migration[];
}

/** Says what `migrate` would do, and does nothing. */
export async function readMigrationStatus(
  target: MigrationTarget,
  migrationsDirectory: string,
): Promise<Result<MigrationStatus, StorageFailure>> {
  const known = await readMigrations(migrationsDirectory);
  if (!known.ok) return known;
  const applied = await target.applied();
  const pending = planMigrations(known.value, applied);
  if (!pending.ok) return pending;
  return succeed({ applied: applied.map((row) => row.name), pending: pending.value });
}
