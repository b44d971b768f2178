import { DatabaseSync } from "node:sqlite";
import { inMemoryFile } from "./database-url.ts";
import { retryWhileBusy, sqliteBlockingWaitMs } from "./sqlite-busy.ts";

/**
 * Opens a SQLite file so that several processes can use it at once: write-ahead log (readers never
 * wait for a writer), every commit flushed to the disk, short waits inside SQLite.
 * Throws the driver's error.
 */
export async function openSqlite(file: string): Promise<DatabaseSync> {
  const database = new DatabaseSync(file, { timeout: sqliteBlockingWaitMs });
  try {
    if (file !== inMemoryFile) await useWriteAheadLog(database);
    database.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Switching needs the file alone for a moment, and SQLite does not wait for that by itself. */
async function useWriteAheadLog(database: DatabaseSync): Promise<void> {
  await retryWhileBusy(() => database.exec("PRAGMA journal_mode = WAL"));
}
