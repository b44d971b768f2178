import { metrics } from "@opentelemetry/api";
import type { IMetricReader, PushMetricExporter } from "@opentelemetry/sdk-metrics";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import type { HostedConfig, OtlpTarget } from "../config/hosted-config.ts";
import { otlpOptions } from "./otlp-options.ts";
import { observeProcess } from "./process-metrics.ts";
import { PrometheusReader } from "./prometheus-reader.ts";
import { serviceResource } from "./service-resource.ts";

/** The running metrics: the text for Prometheus (`null` when that is off), and their end. */
export interface Metrics {
  readonly prometheusText: (() => Promise<string>) | null;
  shutdown(): Promise<void>;
}

/** Sets the global meter; a reader exists for each way out that is configured. */
export async function startMetrics(config: HostedConfig): Promise<Metrics> {
  const target = config.telemetry.metrics;
  const prometheus = config.metricsAccess === "off" ? null : new PrometheusReader();
  const readers: IMetricReader[] = [];
  if (prometheus !== null) readers.push(prometheus);
  if (target !== null) readers.push(await pushReader(config, target));
  const provider = new MeterProvider({ resource: serviceResource(config), readers });
  metrics.setGlobalMeterProvider(provider);
  observeProcess(provider.getMeter("shortline.process"));
  return {
    prometheusText: prometheus === null ? null : () => prometheus.text(),
    shutdown: () => provider.shutdown(),
  };
}

async function pushReader(config: HostedConfig, target: OtlpTarget): Promise<IMetricReader> {
  const intervalMs = config.telemetry.metricIntervalMs;
  return new PeriodicExportingMetricReader({
    exporter: await metricExporter(target),
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: Math.min(target.timeoutMs, intervalMs),
  });
}

async function metricExporter(target: OtlpTarget): Promise<PushMetricExporter> {
  const { OTLPMetricExporter } =
    target.protocol === "http/json"
      ? await import("@opentelemetry/exporter-metrics-otlp-http")
      : await import("@opentelemetry/exporter-metrics-otlp-proto");
  return new OTLPMetricExporter(otlpOptions(target));
}
