import { join } from "node:path";
import { openLinkStore } from "@shortline/core/storage";
import type { RunVerb } from "../cli/command.ts";
import { readSiteConfig } from "../config/read-site-config.ts";
import { describeStorageFailure } from "../service/describe-service-failure.ts";

/** `migrate`: applies what is pending; the release that serves keeps running meanwhile. */
export const runMigrate: RunVerb = async ({ ambient, paths }) => {
  const config = readSiteConfig(paths);
  if (!config.ok) return config;
  const opened = await openLinkStore({
    databaseUrl: config.value.databaseUrl,
    migrationsDirectory: join(ambient.releaseDirectory, "migrations"),
  });
  if (!opened.ok) return describeStorageFailure(opened.failure);
  const { migrated } = opened.value;
  await opened.value.close();
  const text = migrated.length === 0 ? "Nothing to migrate." : `Migrated: ${migrated.join(", ")}`;
  return { ok: true, value: { data: { migrated }, text } };
};
