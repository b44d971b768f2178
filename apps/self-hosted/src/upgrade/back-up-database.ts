import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync, backup } from "node:sqlite";
import { errorCode } from "../failure/describe-system-error.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { syncDirectory } from "../files/write-durably.ts";
import type { SitePaths } from "../site/site-paths.ts";

const MAX_KEPT_BACKUPS = 5;
/** What backUpDatabase names its files: any other file in the directory is somebody else's. */
const BACKUP_NAME =
  /^shortline-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z-\d+\.\d+\.\d+[0-9A-Za-z.+-]*\.db$/;
/** All pages in one go: a copy in batches begins again at every write of the running service. */
const PAGES_PER_BATCH = 1_000_000_000;
const BUSY_TIMEOUT_MS = 10_000;

export type BackupRequest = {
  readonly paths: SitePaths;
  readonly databaseUrl: string;
  readonly fromVersion: string;
  /** When the operation began: the same operation resumed writes the same file. */
  readonly at: string;
};

/**
 * Copies the SQLite database while the service runs, checks the copy, and only then
 * gives it its name. Gives the file, or null when there is no database file to copy.
 */
export async function backUpDatabase(request: BackupRequest): Promise<SiteResult<string | null>> {
  const source = sqliteFileOf(request.databaseUrl);
  if (source === null || !existsSync(source)) return done(null);
  const directory = request.paths.backupsDirectory;
  const name = `shortline-${request.at.replaceAll(/[:.]/g, "-")}-${request.fromVersion}.db`;
  const file = join(directory, name);
  if (existsSync(file)) return done(file);
  const partial = `${file}.partial`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    removeDatabase(partial);
    await copyDatabase(source, partial);
    renameSync(partial, file);
    syncDirectory(directory);
    deleteOldBackups(directory, name);
    return done(file);
  } catch (error) {
    removeDatabase(partial);
    if (errorCode(error) === null || !(error instanceof Error)) throw error;
    const next = "Look at the free space and the health of the disk, then run the upgrade again.";
    return failed("backup-failed", `The database could not be backed up: ${error.message}.`, next);
  }
}

/** The file of a `sqlite:` URL, or null for another kind of database. */
export function sqliteFileOf(databaseUrl: string): string | null {
  return databaseUrl.startsWith("sqlite:") ? databaseUrl.slice("sqlite:".length) : null;
}

async function copyDatabase(source: string, target: string): Promise<void> {
  {
    using database = new DatabaseSync(source, { timeout: BUSY_TIMEOUT_MS });
    await backup(database, target, { rate: PAGES_PER_BATCH });
  }
  {
    using copy = new DatabaseSync(target);
    // One file, without a write-ahead log beside it: easy to carry away and to put back.
    copy.exec("PRAGMA journal_mode = DELETE");
    const verdict = copy.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
    if (verdict !== "ok")
      throw Object.assign(new Error(`the copy is damaged: ${String(verdict)}`), {
        code: "DAMAGED",
      });
  }
  const descriptor = openSync(target, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function removeDatabase(file: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"])
    rmSync(`${file}${suffix}`, { force: true });
}

/** Keeps the new backup whatever the clock says, and what an operator put beside the backups. */
function deleteOldBackups(directory: string, newest: string): void {
  const older = readdirSync(directory)
    .filter((name) => BACKUP_NAME.test(name) && name !== newest)
    .toSorted();
  for (const name of older.slice(0, Math.max(0, older.length + 1 - MAX_KEPT_BACKUPS)))
    rmSync(join(directory, name));
}
