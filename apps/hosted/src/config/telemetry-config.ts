import type { Environment } from "./environment-schema.ts";
import type { OtlpTarget, TelemetryConfig } from "./hosted-config.ts";

/** Resolves the OpenTelemetry variables as its specification does, except that there is no default endpoint. */
export function telemetryConfig(read: Environment): TelemetryConfig {
  const isOn = read.OTEL_SDK_DISABLED === "false";
  return {
    serviceName: read.OTEL_SERVICE_NAME ?? "shortline-hosted",
    resourceAttributes: read.OTEL_RESOURCE_ATTRIBUTES,
    traces:
      isOn && read.OTEL_TRACES_EXPORTER === "otlp"
        ? target(read, read.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? signalUrl(read, "v1/traces"), {
            ...read.OTEL_EXPORTER_OTLP_HEADERS,
            ...read.OTEL_EXPORTER_OTLP_TRACES_HEADERS,
          })
        : null,
    metrics:
      isOn && read.OTEL_METRICS_EXPORTER === "otlp"
        ? target(read, read.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT ?? signalUrl(read, "v1/metrics"), {
            ...read.OTEL_EXPORTER_OTLP_HEADERS,
            ...read.OTEL_EXPORTER_OTLP_METRICS_HEADERS,
          })
        : null,
    sampling: { sampler: read.OTEL_TRACES_SAMPLER, ratio: read.OTEL_TRACES_SAMPLER_ARG },
    spanQueueSize: read.OTEL_BSP_MAX_QUEUE_SIZE,
    spanBatchSize: Math.min(read.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, read.OTEL_BSP_MAX_QUEUE_SIZE),
    spanDelayMs: read.OTEL_BSP_SCHEDULE_DELAY,
    metricIntervalMs: read.OTEL_METRIC_EXPORT_INTERVAL,
  };
}

/** The path goes onto the base URL's own path; a query stays in place. */
function signalUrl(read: Environment, path: string): string | null {
  if (read.OTEL_EXPORTER_OTLP_ENDPOINT === null) return null;
  const url = new URL(read.OTEL_EXPORTER_OTLP_ENDPOINT);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${path}`;
  return url.href;
}

function target(
  read: Environment,
  url: string | null,
  headers: OtlpTarget["headers"],
): OtlpTarget | null {
  if (url === null) return null;
  return {
    url,
    headers,
    protocol: read.OTEL_EXPORTER_OTLP_PROTOCOL,
    compression: read.OTEL_EXPORTER_OTLP_COMPRESSION,
    timeoutMs: read.OTEL_EXPORTER_OTLP_TIMEOUT,
  };
}
