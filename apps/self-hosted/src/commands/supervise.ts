import type { RunVerb } from "../cli/command.ts";
import { readSiteConfig } from "../config/read-site-config.ts";
import { createServiceLog } from "../logs/create-service-log.ts";
import { requireCurrentVersion } from "../releases/current-release.ts";
import { supervise } from "../service/supervise.ts";
import { checkServiceUser } from "../site/service-user.ts";

/** `supervise`: holds the port and keeps `current` serving. With --json, one line when it serves. */
export const runSupervise: RunVerb = async (context) => {
  const { ambient, json, paths, say } = context;
  const current = requireCurrentVersion(paths);
  if (!current.ok) return current;
  const user = checkServiceUser(paths, ambient.isRoot);
  if (!user.ok) return user;
  const config = readSiteConfig(paths);
  if (!config.ok) return config;
  const log = createServiceLog(config.value.log, { part: "supervise", pid: process.pid });
  if (!log.ok) return log;
  const supervised = await supervise({
    paths,
    config: config.value,
    ambient,
    log: (message) => {
      log.value.logger.info(message);
      say(`supervise: ${message}`);
    },
    onServing: (url, version) => {
      if (json)
        ambient.writeOut(
          `${JSON.stringify({ schemaVersion: 1, event: "serving", url, version })}\n`,
        );
    },
  });
  if (!supervised.ok)
    log.value.logger.error(supervised.failure.message, { code: supervised.failure.code });
  await log.value.close();
  return supervised.ok ? { ok: true, value: { data: { event: "stopped" }, text: "" } } : supervised;
};
