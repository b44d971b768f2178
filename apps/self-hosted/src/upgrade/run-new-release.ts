import { join } from "node:path";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { runCommand } from "../files/run-command.ts";
import { dataOwner } from "../site/service-user.ts";
import type { SitePaths } from "../site/site-paths.ts";

const ANSWER_WITHIN_MS = 60_000;
/** Migrations of large tables take their time; killed, they leave the schema as it was. */
const MIGRATE_WITHIN_MS = 60 * 60 * 1000;

/** Checks that a release starts on this machine and accepts the site's configuration. */
export async function checkNewRelease(
  paths: SitePaths,
  directory: string,
  version: string,
): Promise<SiteResult<null>> {
  const said = await runCommand({
    file: join(directory, "app", "shortlinectl"),
    args: ["version", "--json"],
    timeoutMs: ANSWER_WITHIN_MS,
  });
  if (said.exitCode !== 0 || readField(said.stdout, "version") !== version) {
    const reason = said.stderr.trim() || said.stdout.trim() || "it does not say its version";
    const next = "Check that this system is one that the release supports; nothing was changed.";
    return failed(
      "release-does-not-start",
      `Release ${version} does not start here: ${reason}`,
      next,
    );
  }
  const checked = await runCommand({
    file: join(directory, "app", "shortlinectl"),
    args: ["config", "check", "--json", "--prefix", paths.prefix],
    timeoutMs: ANSWER_WITHIN_MS,
  });
  if (checked.exitCode === 0) return done(null);
  const reason = readField(checked.stdout, "message") ?? checked.stderr.trim();
  const next =
    "Change the configuration as the upgrade notes of the release say, then upgrade again.";
  return failed("config-refused", `Release ${version} refuses the configuration: ${reason}`, next);
}

/** Applies a release's migrations, by its own code, as the user who owns the database. */
export async function migrateWithRelease(
  paths: SitePaths,
  directory: string,
  isRoot: boolean,
): Promise<SiteResult<null>> {
  const owner = dataOwner(paths, isRoot);
  const outcome = await runCommand({
    file: join(directory, "app", "shortlinectl"),
    args: ["migrate", "--json", "--prefix", paths.prefix],
    timeoutMs: MIGRATE_WITHIN_MS,
    ...(owner === null ? {} : { as: owner }),
  });
  if (outcome.exitCode === 0) return done(null);
  const reason = readField(outcome.stdout, "message") ?? outcome.stderr.trim();
  const next =
    readField(outcome.stdout, "next") ?? "Look at the database, then run the upgrade again.";
  return failed("migration-failed", `The database could not be migrated: ${reason}`, next);
}

function readField(line: string, name: string): string | null {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== "object" || parsed === null) return null;
    // Any JSON object can be looked into by name; what is found is checked below.
    const value = (parsed as Readonly<Record<string, unknown>>)[name];
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}
