import { statSync } from "node:fs";
import type { Manifest } from "@trunkline/bundle";
import { readSiteConfig } from "../config/read-site-config.ts";
import type { SiteConfig } from "../config/site-config.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { checkPlatform } from "../releases/check-platform.ts";
import { compareVersions } from "../releases/compare-versions.ts";
import {
  isComplete,
  releaseDirectory,
  requireCurrentVersion,
} from "../releases/current-release.ts";
import { openBundle } from "../releases/open-bundle.ts";
import type { BundleFiles, VerifiedBundle } from "../releases/open-bundle.ts";
import { readReleaseInfo } from "../releases/release-info.ts";
import { findRunningService } from "../service/running-service.ts";
import { checkAddressFree, checkSpace, checkWritable } from "../site/preflight-checks.ts";
import type { SitePaths } from "../site/site-paths.ts";
import { sqliteFileOf } from "./back-up-database.ts";
import { checkDatabase } from "./check-database.ts";

export type UpgradeRequest = {
  readonly paths: SitePaths;
  readonly files: BundleFiles;
  /** The operator says that a backup of an external database was made. */
  readonly backupDone: boolean;
};

/** Everything an upgrade will do, found out without changing anything. */
export type UpgradePlan = {
  readonly fromVersion: string;
  readonly toVersion: string;
  readonly config: SiteConfig;
  readonly bundle: VerifiedBundle;
  readonly toWasInstalled: boolean;
  /** The release is current already. */
  readonly isDone: boolean;
};

/** Verifies the bundle and checks the site; nothing is changed, and each failure says its fix. */
export async function planUpgrade(request: UpgradeRequest): Promise<SiteResult<UpgradePlan>> {
  const { paths } = request;
  const current = requireCurrentVersion(paths);
  if (!current.ok) return current;
  const opened = await openBundle(request.files);
  if (!opened.ok) return opened;
  const bundle = opened.value;
  const platform = checkPlatform(bundle.manifest);
  if (!platform.ok) return platform;
  const isDone = compareReleases(paths, current.value, bundle);
  if (!isDone.ok) return isDone;
  const config = readSiteConfig(paths);
  if (!config.ok) return config;
  const toVersion = bundle.manifest.version;
  const plan: UpgradePlan = {
    fromVersion: current.value,
    toVersion,
    config: config.value,
    bundle,
    toWasInstalled: isComplete(paths, toVersion),
    isDone: isDone.value,
  };
  if (plan.isDone) return done(plan);
  const possible = await checkSite(request, plan);
  return possible.ok ? done(plan) : possible;
}

/** Whether the bundle's release is current already; an older one, or another one of the same name, is refused. */
function compareReleases(
  paths: SitePaths,
  current: string,
  bundle: VerifiedBundle,
): SiteResult<boolean> {
  const { version } = bundle.manifest;
  const order = compareVersions(version, current);
  if (order === null || order < 0) {
    const message = `The bundle has release ${version}, and ${current} is installed: an upgrade does not go back.`;
    return failed("downgrade-refused", message, "Go back with: shortlinectl rollback");
  }
  if (!isComplete(paths, version)) return done(false);
  const installed = readReleaseInfo(releaseDirectory(paths, version)).digest;
  if (installed === bundle.manifestDigest) return done(version === current);
  return failed(
    "digest-differs",
    `Release ${version} is installed with digest ${installed}, and the bundle has ${bundle.manifestDigest}.`,
    "Find out which one was published: a version is published once. Nothing was changed.",
  );
}

async function checkSite(
  { paths, backupDone }: UpgradeRequest,
  plan: UpgradePlan,
): Promise<SiteResult<null>> {
  const { config } = plan;
  const changed = [
    paths.productDirectory,
    paths.releasesDirectory,
    paths.backupsDirectory,
    paths.journalDirectory,
  ];
  const writable = checkWritable(changed);
  if (!writable.ok) return writable;
  const space = checkSpace([
    {
      directory: paths.releasesDirectory,
      sizeBytes: plan.toWasInstalled ? 0 : unpackedBytes(plan.bundle.manifest),
    },
    { directory: paths.backupsDirectory, sizeBytes: databaseBytes(config) },
  ]);
  if (!space.ok) return space;
  if (sqliteFileOf(config.databaseUrl) === null && !backupDone) {
    return failed(
      "backup-needed",
      "The database is PostgreSQL, which shortlinectl does not back up.",
      "Make a backup (pg_dump), then run the upgrade again with --backup-done.",
    );
  }
  const database = await checkDatabase(
    config.databaseUrl,
    releaseDirectory(paths, plan.fromVersion),
  );
  if (!database.ok) return database;
  const service = await findRunningService(paths, config);
  return service.kind === "stopped" ? checkAddressFree(config.listen) : done(null);
}

function unpackedBytes(manifest: Manifest): number {
  return manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0);
}

function databaseBytes(config: SiteConfig): number {
  const file = sqliteFileOf(config.databaseUrl);
  return file === null ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
}
