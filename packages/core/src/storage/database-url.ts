import { resolve } from "node:path";
import { fail, succeed, type Result } from "../links/result.ts";
import type { StorageFailure } from "./storage-failure.ts";

/** Where the links are, read from one URL. */
export type DatabaseLocation =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "postgres"; readonly url: string };

/** The file name that stands for a database in memory, gone when it is closed. */
export const inMemoryFile = ":memory:";

/** Reads `sqlite:/absolute/path`, `sqlite:relative/path`, `sqlite::memory:` or `postgres://…`. */
export function parseDatabaseUrl(text: string): Result<DatabaseLocation, StorageFailure> {
  if (text.startsWith("sqlite:")) return parseSqlite(text.slice("sqlite:".length));
  if (text.startsWith("postgres://") || text.startsWith("postgresql://")) {
    return URL.canParse(text)
      ? succeed({ kind: "postgres", url: text })
      : fail(invalid("it is not a valid postgres:// URL"));
  }
  return fail(invalid("it starts with neither sqlite: nor postgres://"));
}

/** The URL as it may be shown to people: without user name, password and parameters. */
export function describeDatabase(location: DatabaseLocation): string {
  if (location.kind === "sqlite") return `sqlite:${location.file}`;
  const url = new URL(location.url);
  return `postgres://${url.host}${url.pathname}`;
}

function parseSqlite(path: string): Result<DatabaseLocation, StorageFailure> {
  if (path === inMemoryFile) return succeed({ kind: "sqlite", file: inMemoryFile });
  if (path === "") return fail(invalid("the path is missing"));
  if (path.includes("\u0000")) return fail(invalid("the path has a zero byte in it"));
  // Absolute, because SQLite would read a path that begins with "file:" as options.
  return succeed({ kind: "sqlite", file: resolve(path) });
}

function invalid(reason: string): StorageFailure {
  return {
    code: "database-url-invalid",
    message: `The database URL is not usable: ${reason}.`,
    next: "Give sqlite:/path/to/shortline.db, or postgres://user:password@host:5432/database.",
  };
}
