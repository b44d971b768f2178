import type { LinkStore } from "../links/link-store.ts";
import type { Logger } from "../links/logger.ts";
import type { DatabaseLocation } from "./database-url.ts";
import type { MigrationTarget } from "./migrate.ts";
import { openPostgres } from "./open-postgres.ts";
import { openSqlite } from "./open-sqlite.ts";
import { PostgresLinkStore } from "./postgres-link-store.ts";
import { postgresMigrationTarget } from "./postgres-migration-target.ts";
import { SqliteLinkStore } from "./sqlite-link-store.ts";
import { sqliteMigrationTarget } from "./sqlite-migration-target.ts";

/** What opening a database needs. */
export interface ConnectOptions {
  /** `sqlite:/path`, `sqlite::memory:` or `postgres://…`. */
  readonly databaseUrl: string;
  /** The folder with the subfolders `sqlite` and `postgres`. */
  readonly migrationsDirectory: string;
  /** Hears of broken idle connections. */
  readonly logger?: Logger;
}

/** A connected database of either kind, its schema not looked at yet. */
export interface Database {
  readonly kind: DatabaseLocation["kind"];
  readonly migrationTarget: MigrationTarget;
  /** Only once the schema is migrated. */
  createStore(): LinkStore;
  /** A second call does nothing. */
  close(): Promise<void>;
}

/** Connects to the database at a location. Throws the driver's error. */
export async function connectDatabase(
  location: DatabaseLocation,
  logger: Logger | undefined,
): Promise<Database> {
  return location.kind === "sqlite"
    ? connectSqlite(location.file)
    : connectPostgres(location.url, logger);
}

async function connectSqlite(file: string): Promise<Database> {
  const database = await openSqlite(file);
  return {
    kind: "sqlite",
    migrationTarget: sqliteMigrationTarget(database),
    createStore: () => new SqliteLinkStore(database),
    close: async () => {
      if (database.isOpen) database.close();
    },
  };
}

function connectPostgres(url: string, logger: Logger | undefined): Database {
  const pool = openPostgres(url, logger);
  return {
    kind: "postgres",
    migrationTarget: postgresMigrationTarget(pool),
    createStore: () => new PostgresLinkStore(pool),
    close: async () => {
      if (!pool.ended) await pool.end();
    },
  };
}
