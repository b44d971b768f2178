import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { ClickBuffer, createApp, cryptoRandom, systemClock } from "@shortline/core";
import { openLinkStore } from "@shortline/core/storage";
import { startHttpServer } from "@shortline/http-server";
import type { RunningHttpServer } from "@shortline/http-server";
import type { Ambient } from "../cli/ambient.ts";
import type { ListenAddress, SiteConfig } from "../config/site-config.ts";
import { describeSystemError } from "../failure/describe-system-error.ts";
import { done } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { createServiceLog } from "../logs/create-service-log.ts";
import type { ServiceLog } from "../logs/create-service-log.ts";
import { readReleaseInfo } from "../releases/release-info.ts";
import { describeListenFailure, describeStorageFailure } from "./describe-service-failure.ts";
import { readInheritedDescriptors } from "./inherited-descriptors.ts";

export type ServeRequest = {
  readonly config: SiteConfig;
  readonly ambient: Ambient;
  /** Overrides the configured address. */
  readonly listen: ListenAddress | null;
  /** Called once, when connections are accepted. */
  readonly onServing: (url: string, version: string) => void;
};

/** Serves in this process until it is told to stop or its supervisor is gone; then drains. */
export async function serve(request: ServeRequest): Promise<SiteResult<null>> {
  const { ambient, config } = request;
  const inherited = readInheritedDescriptors(ambient.env);
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const)
      ambient.onSignal(signal, () => resolve(signal));
    inherited.control?.onSupervisorGone(() => resolve("the supervisor is gone"));
  });
  // A terminal that closes must not end a service that is being supervised.
  ambient.onSignal("SIGHUP", () => undefined);
  const release = readReleaseInfo(ambient.releaseDirectory);
  const log = createServiceLog(config.log, { version: release.version, pid: process.pid });
  if (!log.ok) return log;
  const service = await startService(request, log.value, inherited.listenFd);
  if (!service.ok) {
    log.value.logger.error(service.failure.message, { code: service.failure.code });
    await log.value.close();
    return service;
  }
  request.onServing(service.value.server.url, release.version);
  inherited.control?.sayReady(release.version);
  const reason = await stopped;
  await stopService(service.value, log.value, reason);
  inherited.control?.close();
  return done(null);
}

type Service = {
  readonly server: RunningHttpServer;
  readonly clickBuffer: ClickBuffer;
  readonly closeStore: () => Promise<void>;
};

async function startService(
  request: ServeRequest,
  { logger }: ServiceLog,
  listenFd: number | null,
): Promise<SiteResult<Service>> {
  const { config, ambient } = request;
  const directory = prepareDatabaseDirectory(config.databaseUrl);
  if (!directory.ok) return directory;
  const opened = await openLinkStore({
    databaseUrl: config.databaseUrl,
    migrationsDirectory: join(ambient.releaseDirectory, "migrations"),
    logger,
  });
  if (!opened.ok) return describeStorageFailure(opened.failure);
  const { store } = opened.value;
  const clickBuffer = new ClickBuffer({ store, logger });
  const app = createApp({
    store,
    clickBuffer,
    logger,
    clock: systemClock,
    random: cryptoRandom,
    apiKeys: config.apiKeySha256s.map((sha256) => ({ id: sha256.slice(0, 8), sha256 })),
    build: readReleaseInfo(ambient.releaseDirectory),
    publicUrl: config.publicUrl,
  });
  const listen = request.listen ?? (listenFd === null ? config.listen : { fd: listenFd });
  const { drainTimeoutMs } = config;
  const server = await startHttpServer({ fetch: app.fetch, listen, drainTimeoutMs, logger });
  if (!server.ok) {
    await opened.value.close();
    return describeListenFailure(server.failure);
  }
  logger.info("serving", { url: server.value.url, migrated: opened.value.migrated });
  return done({ server: server.value, clickBuffer, closeStore: () => opened.value.close() });
}

/** The default database lies in a folder that may not be there yet. */
function prepareDatabaseDirectory(databaseUrl: string): SiteResult<null> {
  if (!databaseUrl.startsWith("sqlite:")) return done(null);
  const directory = dirname(databaseUrl.slice("sqlite:".length));
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    return done(null);
  } catch (error) {
    return { ok: false, failure: describeSystemError(error, `make the folder ${directory}`) };
  }
}

async function stopService(service: Service, log: ServiceLog, reason: string): Promise<void> {
  log.logger.info("stopping", { reason });
  const drained = await service.server.drain();
  const clicks = await service.clickBuffer.close();
  await service.closeStore();
  log.logger.info("stopped", { ...drained, ...clicks });
  await log.close();
}
