import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { manifestDigest, parseAllowedSigners } from "@trunkline/bundle";
import type { Manifest } from "@trunkline/bundle";
import { createApiKey, fillDefaultConfig } from "../config/default-config.ts";
import type { NewApiKey } from "../config/default-config.ts";
import { parseSiteConfig } from "../config/parse-site-config.ts";
import { readSiteConfig } from "../config/read-site-config.ts";
import type { SiteConfig } from "../config/site-config.ts";
import { describeSystemError, errorCode } from "../failure/describe-system-error.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { checkPlatform } from "../releases/check-platform.ts";
import { isComplete, readCurrentVersion, releaseDirectory } from "../releases/current-release.ts";
import { describeBundleFailure } from "../releases/describe-bundle-failure.ts";
import { readReleaseInfo } from "../releases/release-info.ts";
import { readManifest } from "../releases/verify-release.ts";
import { findRunningService } from "../service/running-service.ts";
import { checkAddressFree, checkSpace, checkWritable } from "../site/preflight-checks.ts";
import type { SitePaths } from "../site/site-paths.ts";

export type InstallRequest = {
  readonly paths: SitePaths;
  /** The unpacked bundle. */
  readonly sourceDirectory: string;
  /** As given on the command line; null leaves the default. */
  readonly listen: string | null;
  readonly allowedSignersFile: string | null;
};

/** Everything an install will do, found out without changing anything. */
export type InstallPlan = {
  readonly manifest: Manifest;
  readonly sourceDirectory: string;
  readonly isDone: boolean;
  readonly config: SiteConfig;
  /** Null keeps the configuration that is there. */
  readonly newConfig: { readonly text: string; readonly apiKey: NewApiKey } | null;
  /** Text to save as the site's allowed signers; null keeps what is there. */
  readonly allowedSigners: string | null;
};

/** Checks everything an install needs; each failure says what to do. */
export async function planInstall(request: InstallRequest): Promise<SiteResult<InstallPlan>> {
  const { paths, sourceDirectory } = request;
  const manifest = readManifest(sourceDirectory);
  if (!manifest.ok) return manifest;
  const platform = checkPlatform(manifest.value);
  if (!platform.ok) return platform;
  const installed = checkInstalled(paths, sourceDirectory, manifest.value.version);
  if (!installed.ok) return installed;
  const allowedSigners = readAllowedSigners(request.allowedSignersFile);
  if (!allowedSigners.ok) return allowedSigners;
  const config = planConfig(request);
  if (!config.ok) return config;
  const signersAreSaved =
    allowedSigners.value === null || isSameText(paths.allowedSignersFile, allowedSigners.value);
  const isDone =
    installed.value &&
    config.value.newConfig === null &&
    signersAreSaved &&
    existsSync(paths.commandLink);
  if (!isDone) {
    const possible = await checkMachine(paths, manifest.value, config.value.config);
    if (!possible.ok) return possible;
  }
  const plan = {
    manifest: manifest.value,
    sourceDirectory,
    isDone,
    allowedSigners: allowedSigners.value,
  };
  return done({ ...plan, ...config.value });
}

/** Whether this very release is current already; another one is a failure. */
function checkInstalled(paths: SitePaths, source: string, version: string): SiteResult<boolean> {
  const current = readCurrentVersion(paths);
  if (current !== null && current !== version) {
    return failed(
      "already-installed",
      `Release ${current} is installed under ${paths.prefix}.`,
      `Upgrade it instead: shortlinectl upgrade --bundle FILE, with the bundle of ${version}.`,
    );
  }
  if (!isComplete(paths, version)) return done(false);
  const installed = readReleaseInfo(releaseDirectory(paths, version)).digest;
  const given = manifestDigest(readFileSync(join(source, "manifest.json")));
  if (installed === given) return done(current === version);
  return failed(
    "digest-differs",
    `Release ${version} is installed with digest ${installed}, and this bundle has ${given}.`,
    "Find out which one was published: a version is published once. Nothing was changed.",
  );
}

function readAllowedSigners(file: string | null): SiteResult<string | null> {
  if (file === null) return done(null);
  try {
    const text = readFileSync(file, "utf8");
    const signers = parseAllowedSigners(text);
    if (!signers.ok) return { ok: false, failure: describeBundleFailure(signers.failure) };
    if (signers.value.length > 0) return done(text);
    const next = "Give the allowed_signers file that the publisher hands out.";
    return failed("signers-missing", `${file} names no ed25519 key.`, next);
  } catch (error) {
    return { ok: false, failure: describeSystemError(error, `read ${file}`) };
  }
}

function planConfig(
  request: InstallRequest,
): SiteResult<Pick<InstallPlan, "config" | "newConfig">> {
  const { paths, sourceDirectory, listen } = request;
  if (existsSync(paths.configFile)) {
    const config = readSiteConfig(paths);
    return config.ok ? done({ config: config.value, newConfig: null }) : config;
  }
  const apiKey = createApiKey();
  const template = readTemplate(sourceDirectory);
  if (!template.ok) return template;
  const text = fillDefaultConfig(template.value, { listen, apiKeySha256: apiKey.sha256 });
  const config = parseSiteConfig({ text, file: "--listen", prefix: paths.prefix });
  if (config.ok) return done({ config: config.value, newConfig: { text, apiKey } });
  return failed("usage", config.failure.message, "Correct the option, then run install again.");
}

function readTemplate(sourceDirectory: string): SiteResult<string> {
  const file = join(sourceDirectory, "etc", "shortline.toml");
  try {
    return done(readFileSync(file, "utf8"));
  } catch (error) {
    if (errorCode(error) !== "ENOENT")
      return { ok: false, failure: describeSystemError(error, `read ${file}`) };
    const next = "Unpack the bundle again, and run the install.sh in it.";
    return failed("release-incomplete", `${file} is missing.`, next);
  }
}

async function checkMachine(
  paths: SitePaths,
  manifest: Manifest,
  config: SiteConfig,
): Promise<SiteResult<null>> {
  const sizeBytes = manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const writable = checkWritable([
    paths.releasesDirectory,
    paths.configDirectory,
    paths.dataDirectory,
    paths.logDirectory,
    paths.commandLink,
  ]);
  if (!writable.ok) return writable;
  const space = checkSpace([{ directory: paths.releasesDirectory, sizeBytes }]);
  if (!space.ok) return space;
  const service = await findRunningService(paths, config);
  return service.kind === "stopped" ? checkAddressFree(config.listen) : done(null);
}

function isSameText(file: string, text: string): boolean {
  return existsSync(file) && readFileSync(file, "utf8") === text;
}
