import { fail, succeed, type Result } from "../links/result.ts";
import { connectDatabase, type ConnectOptions, type Database } from "./connect-database.ts";
import { describeDatabase, parseDatabaseUrl, type DatabaseLocation } from "./database-url.ts";
import type { LinkStore } from "../links/link-store.ts";
import { migrate, readMigrationStatus, type MigrationStatus } from "./migrate.ts";
import type { Migration } from "./read-migrations.ts";
import { isSqliteBusy } from "./sqlite-busy.ts";
import type { StorageFailure } from "./storage-failure.ts";

export { parseDatabaseUrl, type DatabaseLocation } from "./database-url.ts";
export type { MigrationStatus } from "./migrate.ts";
export type { Migration } from "./read-migrations.ts";
export type { StorageFailure, StorageFailureCode } from "./storage-failure.ts";

/** A database that is migrated and ready. */
export interface OpenLinkStore {
  readonly store: LinkStore;
  readonly kind: DatabaseLocation["kind"];
  /** Names of the migrations that this call applied, in order. */
  readonly migrated: readonly string[];
  /** Releases the database. Nothing may use the store afterwards. A second call does nothing. */
  close(): Promise<void>;
}

/** Opens the database that the URL names and brings its schema up to date. */
export async function openLinkStore(
  options: ConnectOptions,
): Promise<Result<OpenLinkStore, StorageFailure>> {
  const opened = await withConnection(options, async (database, directory) => {
    const migrated = await migrate(database.migrationTarget, directory);
    return migrated.ok ? succeed({ database, migrated: migrated.value }) : migrated;
  });
  if (!opened.ok) return opened;
  const { database, migrated } = opened.value;
  const names = migrated.map((migration) => migration.name);
  return succeed({
    store: database.createStore(),
    kind: database.kind,
    migrated: names,
    close: () => database.close(),
  });
}

/** Brings the schema up to date and lets go of the database. Gives the migrations that were applied. */
export async function migrateDatabase(
  options: ConnectOptions,
): Promise<Result<readonly Migration[], StorageFailure>> {
  return closing(
    await withConnection(options, async (database, directory) => {
      const migrated = await migrate(database.migrationTarget, directory);
      return migrated.ok ? succeed({ database, answer: migrated.value }) : migrated;
    }),
  );
}

/** Says what `migrateDatabase` would do. Changes no table; a missing SQLite file is created empty. */
export async function inspectMigrations(
  options: ConnectOptions,
): Promise<Result<MigrationStatus, StorageFailure>> {
  return closing(
    await withConnection(options, async (database, directory) => {
      const status = await readMigrationStatus(database.migrationTarget, directory);
      return status.ok ? succeed({ database, answer: status.value }) : status;
    }),
  );
}

type Attempt<Value> = (
  database: Database,
  directory: string,
) => Promise<Result<Value, StorageFailure>>;

/** Runs one attempt on a fresh connection, which stays open if, and only if, the attempt succeeds. */
async function withConnection<Value>(
  options: ConnectOptions,
  attempt: Attempt<Value>,
): Promise<Result<Value, StorageFailure>> {
  const location = parseDatabaseUrl(options.databaseUrl);
  if (!location.ok) return location;
  let database: Database | undefined;
  try {
    database = await connectDatabase(location.value, options.logger);
    const result = await attempt(database, `${options.migrationsDirectory}/${database.kind}`);
    if (!result.ok) await database.close();
    return result;
  } catch (error) {
    await database?.close();
    return fail(isSqliteBusy(error) ? busy(location.value) : unreachable(location.value, error));
  }
}

async function closing<Value>(
  result: Result<{ readonly database: Database; readonly answer: Value }, StorageFailure>,
): Promise<Result<Value, StorageFailure>> {
  if (!result.ok) return result;
  await result.value.database.close();
  return succeed(result.value.answer);
}

function busy(location: DatabaseLocation): StorageFailure {
  return {
    code: "database-busy",
    message: `Another process keeps ${describeDatabase(location)} locked.`,
    next: "Wait until the other process has ended its backup or migration, or stop it, and start again.",
  };
}

function unreachable(location: DatabaseLocation, error: unknown): StorageFailure {
  const next =
    location.kind === "sqlite"
      ? "Make sure that the folder exists, that this user may write to it and to the file, that the file is a SQLite database, and that the disk has room."
      : "Make sure that the server runs and accepts connections from here, and that user, password and database name are right.";
  return {
    code: "database-unreachable",
    message: `The database ${describeDatabase(location)} cannot be used: ${reasonOf(error)}.`,
    next,
  };
}

/** Dialling several addresses fails with an error that has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "")
    return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
