import type { Pool, PoolClient } from "pg";
import { fail, succeed, type Result } from "../links/result.ts";
import type { MigrationPlan, MigrationTarget } from "./migrate.ts";
import type { AppliedMigration } from "./plan-migrations.ts";
import type { Migration } from "./read-migrations.ts";
import type { StorageFailure } from "./storage-failure.ts";

/** "shortlin" in ASCII: the advisory lock that every process of this product takes to migrate. */
const advisoryLock = "8316295982131571054";

/** Another process may be migrating a large database; waiting beats failing. */
const lockTimeoutMs = 60_000;

const lockNotAvailable = "55P03";

/** Migrates a PostgreSQL database. The lock is an advisory one: those who serve do not feel it. */
export function postgresMigrationTarget(pool: Pool): MigrationTarget {
  return {
    applied: () => readApplied(pool),
    applyLocked: (plan) => applyLocked(pool, plan),
  };
}

async function applyLocked(
  pool: Pool,
  plan: MigrationPlan,
): Promise<Result<readonly Migration[], StorageFailure>> {
  const client = await pool.connect();
  let result: Result<readonly Migration[], StorageFailure>;
  try {
    result = await applyInTransaction(client, plan);
  } catch (error) {
    // Dropped instead of reused: whatever state the connection is in, the server rolls it back.
    client.release(true);
    throw error;
  }
  client.release(!result.ok);
  return result;
}

async function applyInTransaction(
  client: PoolClient,
  plan: MigrationPlan,
): Promise<Result<readonly Migration[], StorageFailure>> {
  await client.query(
    `BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = ${lockTimeoutMs}`,
  );
  let current = "the lock";
  try {
    await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [advisoryLock]);
    current = "schema_migrations";
    // Before it is read: only this looks the table up anew. Asked by name, a session that waited for
    // the lock may still remember that there is none.
    await client.query(createTable);
    const pending = plan(await readRows(client));
    if (!pending.ok) return pending;
    for (const migration of pending.value) {
      current = migration.name;
      await client.query(migration.sql);
      await client.query(
        "INSERT INTO schema_migrations (number, name, sha256) VALUES ($1, $2, $3)",
        [migration.number, migration.name, migration.sha256],
      );
    }
    current = "the commit";
    await client.query("COMMIT");
    return succeed(pending.value);
  } catch (error) {
    return fail(isLockTimeout(error) ? locked : failed(current, error));
  }
}

const createTable = `CREATE TABLE IF NOT EXISTS schema_migrations (
  number integer NOT NULL PRIMARY KEY,
  name text NOT NULL,
  sha256 text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)`;

async function readApplied(database: Pick<Pool, "query">): Promise<readonly AppliedMigration[]> {
  const table = await database.query<{ exists: boolean }>(
    "SELECT to_regclass('schema_migrations') IS NOT NULL AS exists",
  );
  return table.rows[0]?.exists === true ? readRows(database) : [];
}

async function readRows(database: Pick<Pool, "query">): Promise<readonly AppliedMigration[]> {
  const applied = await database.query<AppliedMigration>(
    "SELECT number, name, sha256 FROM schema_migrations ORDER BY number",
  );
  return applied.rows;
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === lockNotAvailable;
}

const locked: StorageFailure = {
  code: "database-busy",
  message: `Another process has held a lock that the migration needs for ${lockTimeoutMs / 1000} s.`,
  next: "Nothing was changed. Wait until the other migration or maintenance has ended, or stop it, and start again.",
};

function failed(name: string, error: unknown): StorageFailure {
  return {
    code: "migration-failed",
    message: `The migration failed at ${name}: ${error instanceof Error ? error.message : String(error)}.`,
    next: "Nothing was changed. Make sure that this user may create tables in the database and that the server has room, and start again.",
  };
}
