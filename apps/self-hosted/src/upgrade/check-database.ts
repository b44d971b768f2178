import { existsSync } from "node:fs";
import { join } from "node:path";
import { openLinkStore } from "@shortline/core/storage";
import { done } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { describeStorageFailure } from "../service/describe-service-failure.ts";
import { sqliteFileOf } from "./back-up-database.ts";

/**
 * Checks that the database answers, with the migrations of the release that serves it
 * now, which have nothing to do. A SQLite file that is not there yet is fine.
 */
export async function checkDatabase(
  databaseUrl: string,
  currentRelease: string,
): Promise<SiteResult<null>> {
  const file = sqliteFileOf(databaseUrl);
  if (file !== null && !existsSync(file)) return done(null);
  const opened = await openLinkStore({
    databaseUrl,
    migrationsDirectory: join(currentRelease, "migrations"),
  });
  if (!opened.ok) return describeStorageFailure(opened.failure);
  await opened.value.close();
  return done(null);
}
