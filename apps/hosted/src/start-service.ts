import { metrics } from "@opentelemetry/api";
import { ClickBuffer, createApp, cryptoRandom, systemClock } from "@shortline/core";
import type { Logger, Result } from "@shortline/core";
import { openLinkStore } from "@shortline/core/storage";
import type { OpenLinkStore } from "@shortline/core/storage";
import { startHttpServer } from "@shortline/http-server";
import type { RunningHttpServer } from "@shortline/http-server";
import type { HostedConfig } from "./config/hosted-config.ts";
import { metricsRoutes } from "./http/metrics-route.ts";
import { settlesWithin } from "./settles-within.ts";
import type { Telemetry } from "./telemetry/start-telemetry.ts";
import { startTelemetry } from "./telemetry/start-telemetry.ts";

/** What a service is started from. */
export interface ServiceOptions {
  readonly config: HostedConfig;
  readonly logger: Logger;
  /** The folder with `sqlite` and `postgres`. */
  readonly migrationsDirectory: string;
}

/** Why the service did not start, and what to do about it. */
export interface StartFailure {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** A service that answers requests. */
export interface RunningService {
  readonly url: string;
  /**
   * Finishes what is in flight, stores the clicks, closes the database, sends the telemetry.
   * Each part has a deadline, so it ends at the latest `drainTimeoutMs` + 9 s later.
   * `clean` is false when something was lost; the log says what.
   */
  stop(): Promise<{ readonly clean: boolean }>;
}

const clicksTimeoutMs = 5000;
const storeTimeoutMs = 2000;
const telemetryTimeoutMs = 2000;

/** Opens the database, migrates it, and listens. A failure leaves nothing open. */
export async function startService(
  options: ServiceOptions,
): Promise<Result<RunningService, StartFailure>> {
  const { config, logger } = options;
  // First, because the product takes its tracer and meter when it is made.
  const telemetry = await startTelemetry(config, logger);
  const opened = await openLinkStore({
    databaseUrl: config.databaseUrl,
    migrationsDirectory: options.migrationsDirectory,
    logger,
  });
  if (!opened.ok) {
    await telemetry.shutdown(telemetryTimeoutMs);
    return opened;
  }
  const database = opened.value;
  if (database.migrated.length > 0)
    logger.info("database migrated", { migrations: database.migrated });
  const clickBuffer = new ClickBuffer({ store: database.store, logger });
  const app = createProduct({ config, logger, telemetry, database, clickBuffer });
  const server = await startHttpServer({
    fetch: app.fetch,
    listen: { host: config.host, port: config.port },
    drainTimeoutMs: config.drainTimeoutMs,
    logger,
  });
  if (!server.ok) {
    await settlesWithin([database.close()], storeTimeoutMs);
    await telemetry.shutdown(telemetryTimeoutMs);
    return server;
  }
  const parts = { logger, server: server.value, clickBuffer, database, telemetry };
  return { ok: true, value: { url: server.value.url, stop: () => stopParts(parts) } };
}

interface ProductParts {
  readonly config: HostedConfig;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly database: OpenLinkStore;
  readonly clickBuffer: ClickBuffer;
}

function createProduct({ config, logger, telemetry, database, clickBuffer }: ProductParts) {
  metrics
    .getMeter("shortline")
    .createObservableGauge("shortline.clicks.waiting", { description: "Clicks not stored yet." })
    .addCallback((result) => result.observe(clickBuffer.waitingClicks));
  return createApp({
    store: database.store,
    clickBuffer,
    clock: systemClock,
    random: cryptoRandom,
    logger,
    apiKeys: config.apiKeys,
    build: { ...config.build, version: null },
    publicUrl: config.publicUrl,
    extraRoutes: metricsRoutes(config.metricsAccess, telemetry.prometheusText),
  });
}

interface StoppableParts {
  readonly logger: Logger;
  readonly server: RunningHttpServer;
  readonly clickBuffer: ClickBuffer;
  readonly database: OpenLinkStore;
  readonly telemetry: Telemetry;
}

async function stopParts(parts: StoppableParts): Promise<{ readonly clean: boolean }> {
  const { logger } = parts;
  const drained = await parts.server.drain();
  logger.info("drained", { completed: drained.completed, forced: drained.forced });
  let lostClicks = Number.NaN;
  const closing = parts.clickBuffer.close().then((result) => {
    lostClicks = result.lostClicks;
  });
  const clicksClosed = await settlesWithin([closing], clicksTimeoutMs);
  const clicksStored = clicksClosed && lostClicks === 0;
  if (!clicksClosed)
    logger.error("clicks lost: the store did not answer", { timeoutMs: clicksTimeoutMs });
  const storeClosed = await settlesWithin([parts.database.close()], storeTimeoutMs);
  if (!storeClosed) logger.error("the database did not close", { timeoutMs: storeTimeoutMs });
  const { complete } = await parts.telemetry.shutdown(telemetryTimeoutMs);
  if (!complete)
    logger.warn("telemetry lost: the collector did not take it", { timeoutMs: telemetryTimeoutMs });
  return { clean: clicksStored && storeClosed };
}
