import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fail, succeed, type Result } from "../links/result.ts";
import type { StorageFailure } from "./storage-failure.ts";

/** One numbered migration file. */
export interface Migration {
  readonly number: number;
  /** The file name without `.sql`. */
  readonly name: string;
  readonly sha256: string;
  readonly phase: "expand" | "contract";
  readonly lock: string;
  readonly duration: string;
  readonly compatibleWith: string;
  readonly sql: string;
}

const fileName = /^(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*$/;

const maxMigrationBytes = 1024 * 1024;

/** Reads all migrations of one database kind, in order. The numbers are 1, 2, 3… without a hole. */
export async function readMigrations(
  directory: string,
): Promise<Result<readonly Migration[], StorageFailure>> {
  const files = await readSqlFiles(directory);
  if (!files.ok) return files;
  const migrations: Migration[] = [];
  for (const file of files.value) {
    const migration = parseMigration(file.name, file.bytes);
    if (!migration.ok) return migration;
    if (migration.value.number !== migrations.length + 1) {
      return fail(malformed(file.name, `number ${migrations.length + 1} is expected at its place`));
    }
    migrations.push(migration.value);
  }
  return succeed(migrations);
}

async function readSqlFiles(
  directory: string,
): Promise<Result<readonly { name: string; bytes: Buffer }[], StorageFailure>> {
  try {
    const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).toSorted();
    if (names.length === 0) return fail(unreadable(directory, "it holds no .sql file"));
    const files = names.map(async (name) => ({
      name: name.slice(0, -".sql".length),
      bytes: await readFile(join(directory, name)),
    }));
    return succeed(await Promise.all(files));
  } catch (error) {
    return fail(unreadable(directory, error instanceof Error ? error.message : String(error)));
  }
}

function parseMigration(name: string, bytes: Buffer): Result<Migration, StorageFailure> {
  const number = fileName.exec(name)?.[1];
  if (number === undefined) return fail(malformed(name, "its name is not NNNN-some-words.sql"));
  if (bytes.length > maxMigrationBytes)
    return fail(malformed(name, `it is over ${maxMigrationBytes} bytes`));
  const sql = bytes.toString("utf8");
  const headers = parseHeaders(sql);
  const phase = headers.get("phase");
  const lock = headers.get("lock");
  const duration = headers.get("duration");
  const compatibleWith = headers.get("compatible-with");
  if (phase !== "expand" && phase !== "contract") {
    return fail(malformed(name, 'the header "-- phase: expand" (or contract) is missing'));
  }
  if (lock === undefined || duration === undefined || compatibleWith === undefined) {
    return fail(
      malformed(name, 'a header "-- lock:", "-- duration:" or "-- compatible-with:" is missing'),
    );
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return succeed({
    number: Number(number),
    name,
    sha256,
    phase,
    lock,
    duration,
    compatibleWith,
    sql,
  });
}

/** The `-- key: value` lines at the very top of the file. */
function parseHeaders(sql: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of sql.split("\n")) {
    const match = /^-- ([a-z-]+): (\S.*)$/.exec(line.trimEnd());
    if (match?.[1] === undefined || match[2] === undefined) break;
    headers.set(match[1], match[2]);
  }
  return headers;
}

function unreadable(directory: string, reason: string): StorageFailure {
  return {
    code: "migrations-unreadable",
    message: `The migrations in ${directory} cannot be read: ${reason}.`,
    next: "Reinstall this release: its migrations directory belongs to it and is never edited.",
  };
}

function malformed(name: string, reason: string): StorageFailure {
  return {
    code: "migration-malformed",
    message: `The migration ${name} is not well formed: ${reason}.`,
    next: "Reinstall this release; while developing, follow the headers of 0001-links.sql.",
  };
}
