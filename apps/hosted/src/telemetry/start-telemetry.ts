import { context, diag, DiagLogLevel, metrics, propagation, trace } from "@opentelemetry/api";
import type { Logger } from "@shortline/core";
import type { HostedConfig } from "../config/hosted-config.ts";
import { settlesWithin } from "../settles-within.ts";
import { createDiagLogger } from "./diag-logger.ts";

/** The running telemetry of one process. */
export interface Telemetry {
  /** The metrics in Prometheus' text format; `null` when `GET /metrics` is off. */
  readonly prometheusText: (() => Promise<string>) | null;
  /** Sends what waits, for at most `timeoutMs`; says whether all of it was taken. Never rejects. */
  shutdown(timeoutMs: number): Promise<{ readonly complete: boolean }>;
}

/**
 * Installs the OpenTelemetry SDK behind the global API, as little of it as the configuration needs:
 * without an endpoint nothing that could send is even loaded, spans are not recorded, and only their
 * ids exist (they go into the logs). A collector that is down, slow or wrong costs a log line now and
 * then, never a request.
 */
export async function startTelemetry(config: HostedConfig, logger: Logger): Promise<Telemetry> {
  diag.setLogger(createDiagLogger(logger), {
    logLevel: DiagLogLevel.WARN,
    suppressOverrideMessage: true,
  });
  const wantsMetrics = config.metricsAccess !== "off" || config.telemetry.metrics !== null;
  const [tracing, measuring] = await Promise.all([
    import("./start-tracing.ts").then((module) => module.startTracing(config)),
    wantsMetrics
      ? import("./start-metrics.ts").then((module) => module.startMetrics(config))
      : null,
  ]);
  return {
    prometheusText: measuring?.prometheusText ?? null,
    shutdown: async (timeoutMs) => {
      const complete = await settlesWithin(
        [tracing, measuring].flatMap((part) => part?.shutdown() ?? []),
        timeoutMs,
      );
      for (const api of [trace, metrics, context, propagation, diag]) api.disable();
      return { complete };
    },
  };
}
