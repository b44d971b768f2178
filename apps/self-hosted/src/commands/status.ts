import type { RunVerb } from "../cli/command.ts";
import { readSiteConfig } from "../config/read-site-config.ts";
import { done } from "../failure/site-failure.ts";
import type { SiteFailure } from "../failure/site-failure.ts";
import { readOperations, unfinishedOperation } from "../journal/read-operations.ts";
import type { Operation } from "../journal/operation.ts";
import { readLockHolder } from "../lock/site-lock.ts";
import {
  listReleases,
  releaseDirectory,
  requireCurrentVersion,
} from "../releases/current-release.ts";
import { readReleaseInfo } from "../releases/release-info.ts";
import { askService, askVersion } from "../service/ask-service.ts";
import { formatUrl } from "../service/format-url.ts";
import { findRunningService } from "../service/running-service.ts";
import type { SitePaths } from "../site/site-paths.ts";

/** `status`: what is installed and what serves; works when the service is dead. */
export const runStatus: RunVerb = async ({ paths }) => {
  const current = requireCurrentVersion(paths);
  if (!current.ok) return current;
  const operations = readOperations(paths.journalDirectory);
  if (!operations.ok) return operations;
  const unfinished = unfinishedOperation(operations.value);
  const last = operations.value.at(-1) ?? null;
  const service = await askForService(paths);
  const data = {
    prefix: paths.prefix,
    current: readReleaseInfo(releaseDirectory(paths, current.value)),
    releases: listReleases(paths),
    service: "code" in service ? { problem: service } : service,
    unfinished: unfinished === null ? null : summarize(unfinished),
    lastOperation: last === null ? null : summarize(last),
    changing: readLockHolder(paths.lockFile, "change"),
  };
  const lines = [
    `Shortline ${current.value} is current under ${paths.prefix} (installed: ${data.releases.join(", ")}).`,
    "code" in service ? `Configuration: ${service.message}` : describeService(service),
  ];
  if (unfinished !== null) {
    lines.push(
      `Unfinished: the ${unfinished.kind} from ${unfinished.fromVersion} to ${unfinished.toVersion}.`,
    );
    lines.push("  Next: shortlinectl upgrade --resume, or shortlinectl upgrade --rollback");
  }
  return done({ data, text: lines.join("\n") });
};

type ServiceStatus = {
  readonly runsUnder: "systemd" | "supervisor" | null;
  readonly url: string;
  readonly version: string | null;
  readonly isReady: boolean;
};

async function askForService(paths: SitePaths): Promise<ServiceStatus | SiteFailure> {
  const config = readSiteConfig(paths);
  if (!config.ok) return config.failure;
  const service = await findRunningService(paths, config.value);
  const ready = await askService(service.address, "/readyz");
  return {
    runsUnder: service.kind === "stopped" ? null : service.kind,
    url: formatUrl(service.address),
    version: ready === null ? null : await askVersion(service.address),
    isReady: ready?.status === 200,
  };
}

function describeService(service: ServiceStatus): string {
  const under = service.runsUnder === null ? "" : ` under ${service.runsUnder}`;
  if (service.version === null) return `The service does not answer at ${service.url}.`;
  return `Release ${service.version} serves ${service.url}${under}${service.isReady ? "" : ", but is not ready"}.`;
}

function summarize(operation: Operation) {
  const { kind, fromVersion, toVersion, at, ended, endedAt } = operation;
  return { kind, from: fromVersion, to: toVersion, begunAt: at, outcome: ended, endedAt };
}
