import { join } from "node:path";
import type { LinkStore } from "../links/link-store.ts";
import type { Logger } from "../links/logger.ts";
import { fail, succeed, type Result } from "../links/result.ts";
import { describeDatabase, parseDatabaseUrl, type DatabaseLocation } from "./database-url.ts";
import { migrate } from "./migrate.ts";
import { openSqlite } from "./open-sqlite.ts";
import { sqliteMigrationTarget } from "./sqlite-migration-target.ts";
import { isSqliteBusy } from "./sqlite-busy.ts";
import { SqliteLinkStore } from "./sqlite-link-store.ts";
import type { StorageFailure } from "./storage-failure.ts";

export { parseDatabaseUrl, type DatabaseLocation } from "./database-url.ts";
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

/** What opening a database needs. */
export interface OpenLinkStoreOptions {
  /** `sqlite:/path`, `sqlite::memory:` or `postgres://…`. */
  readonly databaseUrl: string;
  /** The folder with the subfolders `sqlite` and `postgres`. */
  readonly migrationsDirectory: string;
  /** Hears of broken idle connections. */
  readonly logger?: Logger;
}

/** Opens the database that the URL names and brings its schema up to date. */
export async function openLinkStore(
  options: OpenLinkStoreOptions,
): Promise<Result<OpenLinkStore, StorageFailure>> {
  const location = parseDatabaseUrl(options.databaseUrl);
  if (!location.ok) return location;
  try {
    return await openAt(location.value, options);
  } catch (error) {
    return fail(isSqliteBusy(error) ? busy(location.value) : unreachable(location.value, error));
  }
}

async function openAt(
  location: DatabaseLocation,
  options: OpenLinkStoreOptions,
): Promise<Result<OpenLinkStore, StorageFailure>> {
  if (location.kind === "postgres") return fail(unreachable(location, "not supported"));
  const database = await openSqlite(location.file);
  const migrated = await migrate(
    sqliteMigrationTarget(database),
    join(options.migrationsDirectory, location.kind),
  );
  if (!migrated.ok) {
    database.close();
    return migrated;
  }
  return succeed({
    store: new SqliteLinkStore(database),
    kind: location.kind,
    migrated: migrated.value.map((migration) => migration.name),
    close: async () => {
      if (database.isOpen) database.close();
    },
  });
}

function busy(location: DatabaseLocation): StorageFailure {
  return {
    code: "database-busy",
    message: `Another process keeps ${describeDatabase(location)} locked.`,
    next: "Wait until the other process has ended its backup or migration, or stop it, and start again.",
  };
}

function unreachable(location: DatabaseLocation, error: unknown): StorageFailure {
  const reason = error instanceof Error ? error.message : String(error);
  const next =
    location.kind === "sqlite"
      ? "Make sure that the folder exists, that this user may write to it and to the file, and that the disk has room."
      : "Make sure that the server runs and accepts connections from here, and that user, password and database name are right.";
  return {
    code: "database-unreachable",
    message: `The database ${describeDatabase(location)} cannot be opened: ${reason}.`,
    next,
  };
}
