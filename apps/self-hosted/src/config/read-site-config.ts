import { readFileSync, statSync } from "node:fs";
import { errorCode } from "../failure/describe-system-error.ts";
import { failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import type { SitePaths } from "../site/site-paths.ts";
import { parseSiteConfig } from "./parse-site-config.ts";
import type { SiteConfig } from "./site-config.ts";

const MAX_CONFIG_BYTES = 1024 * 1024;

/** Reads and checks the site's configuration file. */
export function readSiteConfig(paths: SitePaths): SiteResult<SiteConfig> {
  const file = paths.configFile;
  let text: string;
  try {
    if (statSync(file).size > MAX_CONFIG_BYTES) {
      return failed(
        "config-invalid",
        `${file} is over 1 MiB.`,
        "Put the configuration file back in its place.",
      );
    }
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") {
      const next = "Run shortlinectl install, or name the site with --prefix.";
      return failed("config-missing", `There is no ${file}.`, next);
    }
    const reason = error instanceof Error ? error.message : String(error);
    const next =
      "Run the command as root or as the user of the service, and check the file's permissions.";
    return failed("config-unreadable", `${file} cannot be read: ${reason}.`, next);
  }
  return parseSiteConfig({ text, file, prefix: paths.prefix });
}
